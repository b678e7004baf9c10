/* worker.h: one process with one loop. */
#ifndef VEHA_WEB_WORKER_H
#define VEHA_WEB_WORKER_H

#include "exchange.h"
#include "listen.h"

/* What the master made ready before it forked. */
struct worker_plan {
    struct server server; /* without what each worker makes for itself: db, passwords, guard */
    struct listen_sockets sockets;
    SSL_CTX *tls;
};

/* A process_work; data is the plan. */
int worker_run(unsigned number, int stop, void *data);

/* Templates and catalogues as the configuration names them; false after printing why, and then nothing is changed. */
bool worker_load_pages(struct server *server, const struct config *config);

#endif
