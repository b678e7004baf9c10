/*
 * speech.h: in which language somebody is answered: who is signed in in their own, whoever else in that of a cookie, or
 * of Accept-Language.
 */
#ifndef VEHA_WEB_SPEECH_H
#define VEHA_WEB_SPEECH_H

#include "veha/locale.h"
#include "veha/request.h"

extern const struct resource_table speech_table; /* /session/locale */

/* Of whoever has not told who they are yet. */
const struct locale *speech_of(struct request *request);

#endif
