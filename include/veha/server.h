/* server.h: serves a resource table over HTTPS, HTTP/2 and HTTP/1.1. */
#ifndef VEHA_SERVER_H
#define VEHA_SERVER_H

#include "veha/config.h"
#include "veha/resource.h"

/*
 * Checks that the table, the queries, the pages and the database fit together, opens the sockets of [web] listen and
 * runs [web] workers processes until told to stop (process_keep). Returns the exit status, after one sentence on
 * standard error when it refuses to start.
 */
int server_run(const struct config *config, const struct resource_table *table);

#endif
