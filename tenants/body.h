/* body.h: what HTTP needs to give the very bytes that a look read. */
#ifndef VEHA_TENANTS_BODY_H
#define VEHA_TENANTS_BODY_H

#include "veha/request.h"

/* Handle of look_body: answers with the bytes as an attachment that no browser shows, or FAULT_NOT_FOUND. */
void body_download(struct request *request);

#endif
