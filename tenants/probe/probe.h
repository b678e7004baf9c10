/* probe.h: what a network needs in C beside its file: one struct of functions for each such network. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "tenants/verify/look.h"

/* A look under way, as a probe may see and change it. */
struct probe_look {
    struct pool *pool;
    const struct look_tools *tools;
    const struct network *network;
    const char *key;
    json_t *reading; /* NULL: nothing is known yet */
    int turn;        /* how often the line of the network file was asked before */
    int pause;
    bool alarm;
};

/* Answers requests of the network file that have a "method". */
struct probe {
    const char *network;
    /* False: this method cannot be asked (no token). */
    bool (*ask)(struct probe_look *look, const char *method, struct look_request *request);
    /* Changes the reading. */
    void (*read)(struct probe_look *look, const char *method, const struct answer *answer);
};

extern const struct probe probe_vk;

#endif
