/* verifier.h: what `veha probe` and `veha verify` share: the tools of looking, made from the configuration, and the
 * drive of one look. */
#ifndef VERIFY_VERIFIER_H
#define VERIFY_VERIFIER_H

#include "veha/config.h"
#include "veha/network.h"
#include "veha/pool.h"

#include "budget.h"
#include "fetch.h"
#include "look.h"

struct verifier_gate;

struct verifier {
    struct network_set *networks;
    struct look_tools tools;
    struct fetcher *fetcher;
    const struct budget_keeper *keeper;
    struct verifier_gate *gates; /* one a network: its limits of asking */
};

/* NULL after printing why. The confined child is forked here: call it before threads exist. Lives in the pool. keeper
 * NULL: the limits are kept for this process alone. */
struct verifier *verifier_open(struct pool *pool, const struct config *config, const struct budget_keeper *keeper);

/*
 * Asks and answers until the look has no more to ask; then calls done, from within verifier_turn. pool, look and data
 * must live until then. held: 0, or nothing was asked, for the network wants to be left alone for so many seconds.
 * Requests that wait at the same time may go as one (look.h).
 */
typedef void verifier_done(void *data, long held);
struct verifier_errand {
    const struct network *network;
    struct look *look;
    bool urgent;      /* somebody waits for it: it goes ahead of the sweep */
    const char *host; /* of a site: who asks for a pause asks for this host only; NULL: for the network */
    long paused;      /* seconds for which the host, or the network, asked to be left alone; 0: it did not */
    verifier_done *done;
    void *data;
};
void verifier_drive(struct pool *pool, struct verifier *verifier, const struct verifier_errand *errand);

/*
 * One turn of the loop: waits for answers and the extra descriptors, at most timeout_ms, and asks what the networks'
 * limits allow by now.
 */
void verifier_turn(struct verifier *verifier, struct curl_waitfd *extra, unsigned extra_count, int timeout_ms);

#endif
