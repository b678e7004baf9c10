/* trial.h: what HTTP needs to read a roadmap that somebody wants to try. */
#ifndef VEHA_TENANTS_TRIAL_H
#define VEHA_TENANTS_TRIAL_H

#include "veha/request.h"

/* Handle of trial_create: checks `roadmap` as a file would be checked, and answers FAULT_INVALID with all mistakes. */
void trial_read(struct request *request);

#endif
