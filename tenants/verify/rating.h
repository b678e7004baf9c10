/* rating.h: the mark of an account by the region's rubric. */
#ifndef VERIFY_RATING_H
#define VERIFY_RATING_H

#include "veha/rubric.h"

#include "judge.h"

/*
 * Pure, as judging is; the rubric's own parameters stand for those of the case. {"rubric", "version", "points",
 * "possible", "zone", "parts": [{"part", "most", "known", "points": number; null where nothing was told}]}; NULL where
 * the rubric rates no such network, or nothing at all was told. The caller owns it.
 */
json_t *rating_compute(const struct rubric *rubric, const struct judge_case *judged);

#endif
