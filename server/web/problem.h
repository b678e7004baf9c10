/* problem.h: a fault as people and programs see it (RFC 9457), in the reader's language. */
#ifndef VEHA_WEB_PROBLEM_H
#define VEHA_WEB_PROBLEM_H

#include "veha/fault.h"
#include "veha/locale.h"

#include <jansson.h>

/*
 * {"type","title","status","detail","code","request_id","errors":[{"field","code","detail"}]}: title and detail from
 * the catalogue context "fault". The caller owns the object. fault->detail is for the log and never goes in.
 */
json_t *problem_new(const struct fault *fault, const struct locale *locale, const char *request_id);

#endif
