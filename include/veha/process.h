/* process.h: a master that keeps its children alive, and the signals it understands. */
#ifndef VEHA_PROCESS_H
#define VEHA_PROCESS_H

#include <stdbool.h>

/* Work of one child; returns its exit status. number counts from 0. stop becomes readable when the child should drain and end. */
typedef int process_work(unsigned number, int stop, void *data);

/*
 * Forks count children running work and restarts each that dies (at once, then with growing pauses up to 5 s when it dies young).
 * SIGTERM and SIGINT: asks children to stop, waits up to grace_ms, then kills. SIGHUP: passed on to every child, also to
 * those started later, for they begin with what the master read before it. Returns the exit status for main.
 */
int process_keep(unsigned count, process_work *work, void *data, unsigned grace_ms);

/* Number of online processors, at least 1. */
unsigned process_cores(void);

/* A file descriptor that becomes readable when one of these signals (ended by 0) arrives; they are blocked otherwise. */
int process_signals(const int *signals);
int process_signal_read(int descriptor); /* the next signal, or 0 */

/* Tells systemd (sd_notify), if it listens. */
void process_ready(void);

#endif
