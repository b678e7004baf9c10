/* probe.h: what a network's API needs in C beside the network's file: one struct of functions for each kind of API. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "veha/config.h"
#include "veha/document.h"

#include "tenants/verify/look.h"

/* A look under way, as a probe may see and change it. */
struct probe_look {
    struct pool *pool;
    const struct look_tools *tools;
    const struct network *network;
    const struct probe *probe;
    const char *key;
    const char *id;  /* the account's number, once a probe knows it */
    json_t *reading; /* NULL: nothing is known yet */
    int turn;        /* how often the line of the network file was asked before */
    int pause;
    bool alarm;
};

/* Answers requests of the network file that have a "method". */
struct probe {
    const char *kind;                      /* "api": {"kind": ...} of the file, and the section of the configuration */
    const char *const *settings;           /* its keys there, ended by NULL */
    const char *tokens;                    /* the key of its token, or of equal ones: each has a budget of its own */
    const char *const *methods;            /* what a request of the file may ask, ended by NULL */
    const struct document_member *members; /* what "api" of the file may hold */
    /* False: this method cannot be asked (no token), or need not be. */
    bool (*ask)(struct probe_look *look, const char *method, struct look_request *request);
    /* Changes the reading. */
    void (*read)(struct probe_look *look, const char *method, const struct answer *answer);
};

extern const struct probe probe_vk, probe_ok, probe_max;
extern const struct probe *const probes[]; /* all of them, ended by NULL */

/* NULL for a kind that is not known. */
const struct probe *probe_find(const char *kind);

/* The probe's tokens, ended by NULL, in the pool; empty when none is set, or for no probe. */
const char *const *probe_tokens(const struct probe *probe, const struct config *config, struct pool *pool);

/* The value of a key of the kind's section; "" when it is not set. */
const char *probe_setting(const struct probe_look *look, const char *key);

#endif
