/* job.h: what HTTP needs for looks that programs outside the house take and make. */
#ifndef VEHA_TENANTS_JOB_H
#define VEHA_TENANTS_JOB_H

#include "veha/request.h"

#include <stdbool.h>

struct config;

/* Loads what judging needs beside the networks, once: the calendar wants to be read before threads exist. */
bool job_load(const struct config *config);

/* Handle of job_lease: sets `lease` and `quiet` as the house's own verifier has them. */
void job_lease(struct request *request);

/*
 * Handle of job_result: checks `reading` and `requests`, has the house's rules judge them, and sets `seen` as
 * job_record takes it; or answers FAULT_NOT_FOUND, or FAULT_INVALID with all mistakes.
 */
void job_result(struct request *request);

#endif
