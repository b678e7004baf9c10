/*
 * judge.h: readings become verdicts.
 *
 * Pure: no clock, no files, no network. The same reading, subject, rules and time give the same verdicts, so that looks
 * can be replayed when rules change.
 */
#ifndef VERIFY_JUDGE_H
#define VERIFY_JUDGE_H

#include "veha/network.h"

#include "calendar.h"

#include <jansson.h>
#include <stdint.h>

/* Raised with every change of a rule's meaning; looks keep the version that judged them. */
enum { JUDGE_RULES_VERSION = 4 };

struct judge_case {
    const struct network_set *networks;
    const struct network *network;
    const json_t *reading; /* read.h */
    const json_t *subject; /* {"name", "short_name", "ogrn", "site_host", "accounts": [{"network", "address"}]}; all but
                              name may be missing */
    const json_t *parameters; /* {"FRESH": {"days_most": 7}}; NULL or missing ones: the defaults of judge.c */
    int64_t now;
    const struct calendar *calendar; /* NULL: no pauses */
};

/*
 * An array of {"check", "result": "passed" | "failed" | "unknown", "reason": code, "facts": {what the verdict rests
 * on}}, one for each check of the table of the network's file. What could not be seen is unknown, never failed. The
 * caller owns it.
 */
json_t *judge(const struct judge_case *judged);

/* The verdict of one check; NULL where it does not concern the network. The caller owns it. */
json_t *judge_check(const struct judge_case *judged, const char *check);

#endif
