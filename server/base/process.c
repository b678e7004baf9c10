/* process.c: the master's loop over its children and its signals. */
#include "veha/process.h"

#include "veha/clock.h"
#include "veha/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { YOUNG_MS = 5000, FIRST_PAUSE_MS = 100, PAUSE_MOST_MS = 5000 };

/* States of a child: RUNNING (pid > 0) → PAUSED (pid 0, start_at set) → RUNNING; while stopping RUNNING → GONE (pid 0).
 */
struct child {
    pid_t pid;
    int64_t started_at;
    int64_t start_at;
    unsigned young_deaths;
};

struct master {
    struct child *children;
    unsigned count;
    process_work *work;
    void *data;
    int signals;
    int stop[2]; /* the read end is every child's `stop`; it becomes readable when the master closes the other, or dies
                  */
    sigset_t mask; /* as it was before */
    bool reloaded; /* SIGHUP came: what was read before the first fork is out of date */
    bool stopping;
    int64_t kill_at;
};

int process_signals(const int *signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (; *signals != 0; signals++)
        sigaddset(&set, *signals);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int process_signal_read(int descriptor)
{
    struct signalfd_siginfo information;
    return read(descriptor, &information, sizeof information) == sizeof information ? (int)information.ssi_signo : 0;
}

/*
 * Only the pipe stops a child: Ctrl-C and systemd signal the whole group at once, and a child that obeyed them would
 * drop what it has in flight. SIGHUP stays blocked so that one arriving before the child listens is kept for it.
 */
static void become_child(struct master *master, unsigned number)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    sigset_t mask = master->mask;
    sigaddset(&mask, SIGHUP);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    close(master->stop[1]);
    close(master->signals);
    exit(master->work(number, master->stop[0], master->data));
}

static void start_child(struct master *master, unsigned number)
{
    struct child *child = &master->children[number];
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become_child(master, number);
    child->started_at = clock_monotonic_ms();
    child->pid = pid < 0 ? 0 : pid;
    if (pid < 0) {
        log_event(LOG_LEVEL_ERROR, "child_not_started", "number", log_number(number), "errno", log_number(errno), NULL);
        child->start_at = child->started_at + PAUSE_MOST_MS;
    } else if (master->reloaded) {
        kill(pid, SIGHUP); /* blocked in the child until it listens */
    }
}

static int64_t pause_after(unsigned young_deaths)
{
    if (young_deaths < 2)
        return 0; /* the first death may be an accident */
    unsigned doublings = young_deaths - 2 < 6 ? young_deaths - 2 : 6;
    int64_t pause = (int64_t)FIRST_PAUSE_MS << doublings;
    return pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
}

static void on_death(struct master *master, unsigned number, int status)
{
    struct child *child = &master->children[number];
    int64_t now = clock_monotonic_ms();
    pid_t pid = child->pid;
    child->pid = 0;
    if (master->stopping)
        return;
    child->young_deaths = now - child->started_at < YOUNG_MS ? child->young_deaths + 1 : 0;
    child->start_at = now + pause_after(child->young_deaths);
    log_event(LOG_LEVEL_ERROR, "child_died", "number", log_number(number), "pid", log_number(pid), "signal",
              log_number(WIFSIGNALED(status) ? WTERMSIG(status) : 0), "status",
              log_number(WIFEXITED(status) ? WEXITSTATUS(status) : 0), NULL);
}

/* Waits for its own children by id: the program may have others that somebody else waits for. */
static unsigned reap(struct master *master)
{
    unsigned running = 0;
    for (unsigned number = 0; number < master->count; number++) {
        int status;
        pid_t pid = master->children[number].pid;
        if (pid > 0 && waitpid(pid, &status, WNOHANG) == pid)
            on_death(master, number, status);
        running += master->children[number].pid > 0;
    }
    return running;
}

static void signal_children(const struct master *master, int signal_number)
{
    for (unsigned number = 0; number < master->count; number++)
        if (master->children[number].pid > 0)
            kill(master->children[number].pid, signal_number);
}

static void begin_stop(struct master *master, unsigned grace_ms)
{
    if (master->stopping) {
        master->kill_at = 0; /* asked twice: at once */
        return;
    }
    master->stopping = true;
    master->kill_at = clock_monotonic_ms() + grace_ms;
    close(master->stop[1]);
}

static void start_due(struct master *master)
{
    int64_t now = clock_monotonic_ms();
    for (unsigned number = 0; number < master->count && !master->stopping; number++)
        if (master->children[number].pid == 0 && master->children[number].start_at <= now)
            start_child(master, number);
}

static int wait_ms(const struct master *master)
{
    int64_t next = master->stopping ? master->kill_at : INT64_MAX;
    for (unsigned number = 0; number < master->count && !master->stopping; number++)
        if (master->children[number].pid == 0 && master->children[number].start_at < next)
            next = master->children[number].start_at;
    if (next == INT64_MAX)
        return -1;
    int64_t wait = next - clock_monotonic_ms();
    return wait < 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}

static void take_signals(struct master *master, unsigned grace_ms)
{
    for (int number; (number = process_signal_read(master->signals)) != 0;) {
        if (number == SIGHUP) {
            master->reloaded = true;
            signal_children(master, SIGHUP);
        } else if (number != SIGCHLD) {
            begin_stop(master, grace_ms);
        }
    }
}

/* False when children had to be killed. */
static bool keep(struct master *master, unsigned grace_ms)
{
    bool clean = true;
    for (;;) {
        start_due(master);
        struct pollfd poll_signals = {.fd = master->signals, .events = POLLIN};
        poll(&poll_signals, 1, wait_ms(master));
        take_signals(master, grace_ms);
        unsigned running = reap(master);
        if (master->stopping && running == 0)
            return clean;
        if (master->stopping && clean && clock_monotonic_ms() >= master->kill_at) {
            clean = false;
            log_event(LOG_LEVEL_WARNING, "children_killed", "count", log_number(running), NULL);
            signal_children(master, SIGKILL);
            master->kill_at = INT64_MAX;
        }
    }
}

int process_keep(unsigned count, process_work *work, void *data, unsigned grace_ms)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0};
    struct master master = {.count = count, .work = work, .data = data};
    sigprocmask(SIG_BLOCK, NULL, &master.mask);
    master.signals = process_signals(signals);
    if (master.signals < 0 || pipe2(master.stop, O_CLOEXEC) != 0) {
        log_event(LOG_LEVEL_ERROR, "master_not_started", "errno", log_number(errno), NULL);
        return EXIT_FAILURE;
    }
    master.children = calloc(count, sizeof *master.children);
    bool clean = master.children != NULL && keep(&master, grace_ms);
    free(master.children);
    close(master.stop[0]);
    close(master.signals);
    sigprocmask(SIG_SETMASK, &master.mask, NULL);
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

unsigned process_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : (unsigned)cores;
}

void process_ready(void)
{
    sd_notify(0, "READY=1");
}
