/* invitation.h: the handles of those who invite: they make tokens, which SQL must not know, and show them once. */
#ifndef VEHA_TENANTS_INVITATION_H
#define VEHA_TENANTS_INVITATION_H

#include "veha/request.h"

void invitation_create(struct request *request); /* one person, from a form */
void invitation_import(struct request *request); /* a table of people */
void invitation_resend(struct request *request); /* another token and letter */
void invitation_print(struct request *request);  /* other tokens, for a sheet of paper */

#endif
