/*
 * rubric.h: how marks are given to accounts («светофор»): one data file (templates/rubrics/NAME.json), published and versioned.
 *
 * A rubric lists parts with points. A part rests on a check, on a fact of the reading, on a number within a verdict, or on nothing we can read; what was not told
 * leaves the denominator, and never counts as zero.
 */
#ifndef VEHA_RUBRIC_H
#define VEHA_RUBRIC_H

#include <jansson.h>

#include "veha/pool.h"

struct rubric;

/* Reads every *.json below directory and keeps the newest version; NULL after printing each mistake as FILE:LINE: reason. Lives in the pool. */
const struct rubric *rubric_load(struct pool *pool, const char *directory);

const json_t *rubric_document(const struct rubric *rubric);

#endif
