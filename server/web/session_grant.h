/*
 * session_grant.h: from what the database says of a session to what its holder gets: an access token, a refresh token,
 * cookies.
 *
 * A grant begins with a refresh token (new, or the successor of the one presented) whose hash the database is given; it
 * is complete when the database has answered with claims, or with a challenge.
 */
#ifndef VEHA_WEB_SESSION_GRANT_H
#define VEHA_WEB_SESSION_GRANT_H

#include "veha/request.h"

struct session_grant {
    const char *refresh;
    bool challenge; /* a code is to follow: refresh opens the second step and nothing else, and the rest is empty */
    const char *state; /* "open", or "setup": nothing may be done but setting up the second factor */
    const char *access;
    struct caller caller;
    const char *const *scope;
    long access_seconds;  /* until the access token expires */
    long session_seconds; /* until the session does */
};

/*
 * Completes the grant from the unit's result. NULL, or the fault that ends the request: the unit's own, or
 * FAULT_UNSIGNED with the code the database refused with.
 */
const struct fault *session_grant_read(struct request *request, const struct unit_result *result,
                                       struct session_grant *grant);

/* Sets the cookies of a page's session, or ends them. */
void session_grant_cookies(struct request *request, const struct session_grant *grant);
void session_forget_cookies(struct request *request);
void session_forget_access(struct request *request); /* the page's next request renews it */

/* For programs: {access_token, token_type, expires_in, refresh_token, state, person}. */
void session_grant_reply(struct request *request, int status, const struct session_grant *grant);

/* The unit session_renew for a refresh token as it was presented; false when it is no token at all. done gets data. */
bool session_renew(struct request *request, const char *presented, struct session_grant *grant, unit_done *done,
                   void *data);

extern const char session_access_cookie[], session_refresh_cookie[];

#endif
