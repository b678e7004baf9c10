/* ok.h: how a request to the API of Одноклассники is signed. */
#ifndef PROBE_OK_H
#define PROBE_OK_H

#include "veha/pool.h"

#include <stddef.h>

struct ok_parameter {
    const char *name;
    const char *value;
};

/* The secret of a session: md5 of the access token and the application's secret key, in the pool. */
const char *ok_secret(struct pool *pool, const char *access_token, const char *application_secret);

/* The signature of a request: md5 of its parameters, which are put in their order here, and the secret; in the pool. */
const char *ok_signature(struct pool *pool, struct ok_parameter *parameters, size_t count, const char *secret);

#endif
