/* confine.c: forks, confines and feeds the child that reads hostile HTML. */
#include "confine.h"

#include "veha/clock.h"
#include "veha/log.h"

#include "extract.h"

#include <errno.h>
#include <libxml/xmlmemory.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SHARE = 256, /* pages a child reads before a fresh one takes over: its processor time is counted as a whole */
    PAGE_MOST = 4 << 20, /* 2 MB of windows-1251 are 4 MB of UTF-8 */
    RESULT_MOST = 8 << 20,
#ifdef VEHA_SANITIZE /* many times slower */
    WAIT_MS = 8000,
#else
    WAIT_MS = 3000,
#endif
    CPU_SECONDS = 60,
    MEMORY_MORE = 384 << 20,
};

/* What goes before a page. Results are preceded by their length alone. */
struct heading {
    uint32_t network;
    uint32_t length;
    uint32_t feed; /* 1: XML */
};

struct reader {
    const struct network_set *networks;
    struct extractor *extractor; /* compiled once; the child inherits it */
    pid_t child;                 /* 0: DOWN */
    int socket;
    unsigned pages; /* read by this child */
};

/* ---- the child ---- */

static bool receive_all(int from, void *bytes, size_t length)
{
    for (char *at = bytes; length > 0;) {
        ssize_t got = read(from, at, length);
        if (got <= 0)
            return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

static bool write_all(int to, const void *bytes, size_t length)
{
    for (const char *at = bytes; length > 0;) {
        ssize_t put = write(to, at, length);
        if (put <= 0)
            return false;
        at += put;
        length -= (size_t)put;
    }
    return true;
}

static void limit(int resource, rlim_t most)
{
    struct rlimit limits = {.rlim_cur = most, .rlim_max = most};
    if (setrlimit(resource, &limits) != 0)
        _exit(1);
}

/* The most the process may map, in bytes: so much beyond what it has of its parent. */
static rlim_t memory_most(void)
{
#ifdef VEHA_SANITIZE /* the sanitizers reserve terabytes of addresses */
    return RLIM_INFINITY;
#else
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm == NULL || fscanf(statm, "%lu", &pages) != 1)
        _exit(1);
    fclose(statm);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_MORE;
#endif
}

/* From here on the process can read, write, allocate and end. */
static void confine(void)
{
    static const int allowed[] = {
        SCMP_SYS(read),    SCMP_SYS(write),  SCMP_SYS(mmap),         SCMP_SYS(munmap),        SCMP_SYS(mremap),
        SCMP_SYS(madvise), SCMP_SYS(brk),    SCMP_SYS(mprotect),     SCMP_SYS(exit),          SCMP_SYS(exit_group),
        SCMP_SYS(futex),   SCMP_SYS(time),   SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime), SCMP_SYS(rt_sigreturn),
#ifdef VEHA_SANITIZE
        SCMP_SYS(getpid),  SCMP_SYS(gettid), SCMP_SYS(sched_yield),  SCMP_SYS(sigaltstack),   SCMP_SYS(rt_sigprocmask),
#endif
    };
    limit(RLIMIT_AS, memory_most());
    limit(RLIMIT_CPU, CPU_SECONDS);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 0);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool sound = filter != NULL;
    for (size_t i = 0; sound && i < sizeof allowed / sizeof *allowed; i++)
        sound = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    if (!sound || seccomp_load(filter) != 0)
        _exit(1);
}

static void serve_page(struct reader *reader, const struct heading *heading, char *page)
{
    json_t *result = heading->feed != 0 ? extractor_run_feed(reader->extractor, heading->network, page, heading->length)
                                        : extractor_run(reader->extractor, heading->network, page, heading->length);
    char *text = json_dumps(result, JSON_COMPACT);
    uint32_t length = text == NULL ? 0 : (uint32_t)strlen(text);
    if (!write_all(reader->socket, &length, sizeof length) ||
        !write_all(reader->socket, text == NULL ? "" : text, length))
        _exit(0);
    free(text);
    json_decref(result);
}

/* Without memory a library may go on with a part of the page, and what it did not see must not count as absent. */
static void *have(void *memory)
{
    if (memory == NULL)
        _exit(1);
    return memory;
}

static void *have_new(size_t size)
{
    return have(malloc(size == 0 ? 1 : size));
}

static void *have_more(void *memory, size_t size)
{
    return have(realloc(memory, size == 0 ? 1 : size));
}

static char *have_copy(const char *text)
{
    return have(strdup(text));
}

static _Noreturn void live_confined(struct reader *reader)
{
    /* Ctrl-C and systemd signal the whole group at once: the parent still needs a reader for what it holds. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "veha-reader");
    if (dup2(reader->socket, STDIN_FILENO) < 0)
        _exit(1);
    reader->socket = STDIN_FILENO;
#ifdef VEHA_SANITIZE
    close_range(STDERR_FILENO + 1, ~0U, 0); /* a report must be seen */
#else
    close_range(STDIN_FILENO + 1, ~0U, 0);
#endif
    confine();
    xmlMemSetup(free, have_new, have_more, have_copy);
    json_set_alloc_funcs(have_new, free);
    struct heading heading;
    while (receive_all(reader->socket, &heading, sizeof heading)) {
        if (heading.length > PAGE_MOST || heading.network >= network_count(reader->networks))
            _exit(1);
        char *page = malloc(heading.length + 1U);
        if (page == NULL || !receive_all(reader->socket, page, heading.length))
            _exit(1);
        page[heading.length] = '\0';
        serve_page(reader, &heading, page);
        free(page);
    }
    _exit(0);
}

/* ---- the parent ---- */

static void stop_child(struct reader *reader)
{
    if (reader->child == 0)
        return;
    close(reader->socket);
    kill(reader->child, SIGKILL);
    while (waitpid(reader->child, NULL, 0) < 0 && errno == EINTR)
        ;
    reader->child = 0;
}

static bool start_child(struct reader *reader)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        reader->socket = pair[1];
        live_confined(reader);
    }
    close(pair[1]);
    if (child < 0) {
        close(pair[0]);
        return false;
    }
    reader->child = child;
    reader->socket = pair[0];
    reader->pages = 0;
    return true;
}

struct reader *reader_new(const struct network_set *networks)
{
    struct extractor *extractor = extractor_new(networks);
    if (extractor == NULL)
        return NULL;
    json_object_seed(0); /* the child may not open /dev/urandom */
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    reader->networks = networks;
    reader->extractor = extractor;
    if (start_child(reader))
        return reader;
    reader_free(reader);
    return NULL;
}

void reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    stop_child(reader);
    extractor_free(reader->extractor);
    free(reader);
}

/* Moves length bytes before the deadline; a child that is slow, or no more, ends it. NULL on success, else the reason.
 */
static const char *move(struct reader *reader, short direction, char *bytes, size_t length, int64_t deadline)
{
    while (length > 0) {
        struct pollfd ready = {.fd = reader->socket, .events = direction};
        int64_t left = deadline - clock_monotonic_ms();
        int count = left <= 0 ? 0 : poll(&ready, 1, (int)left);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return "reader_slow";
        ssize_t moved = direction == POLLOUT ? send(reader->socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT)
                                             : recv(reader->socket, bytes, length, MSG_DONTWAIT);
        if (moved < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (moved <= 0)
            return "reader_died";
        bytes += moved;
        length -= (size_t)moved;
    }
    return NULL;
}

/* *result is what the child answered; the reason why there is none otherwise. */
static const char *exchange(struct reader *reader, const struct heading *heading, const char *html, json_t **result)
{
    int64_t deadline = clock_monotonic_ms() + WAIT_MS;
    uint32_t length = 0;
    const char *reason = move(reader, POLLOUT, (char *)(uintptr_t)heading, sizeof *heading, deadline);
    if (reason == NULL)
        reason = move(reader, POLLOUT, (char *)(uintptr_t)html, heading->length, deadline);
    if (reason == NULL)
        reason = move(reader, POLLIN, (char *)&length, sizeof length, deadline);
    if (reason != NULL)
        return reason;
    if (length == 0 || length > RESULT_MOST)
        return "reader_died";
    char *text = malloc(length);
    reason = text == NULL ? "reader_died" : move(reader, POLLIN, text, length, deadline);
    *result = reason == NULL ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(text);
    return *result == NULL && reason == NULL ? "reader_died" : reason;
}

static uint32_t network_number(const struct reader *reader, const struct network *network)
{
    uint32_t number = 0;
    while (number < network_count(reader->networks) && network_at(reader->networks, number) != network)
        number++;
    return number;
}

static json_t *extract(struct reader *reader, const struct network *network, bool feed, const char *html, size_t length)
{
    if (length > PAGE_MOST)
        return json_pack("{s:s}", "fault", "page_too_large");
    if (reader->pages >= SHARE)
        stop_child(reader);
    if (reader->child == 0 && !start_child(reader))
        return json_pack("{s:s}", "fault", "reader_died");
    reader->pages++;
    struct heading heading = {.network = network_number(reader, network), .length = (uint32_t)length, .feed = feed};
    json_t *result = NULL;
    const char *reason = exchange(reader, &heading, html, &result);
    if (reason == NULL)
        return result;
    log_event(LOG_LEVEL_WARNING, "reader_lost", "reason", reason, "network", network_code(network), NULL);
    stop_child(reader);
    return json_pack("{s:s}", "fault", reason);
}

json_t *reader_extract(struct reader *reader, const struct network *network, const char *html, size_t length)
{
    return extract(reader, network, false, html, length);
}

json_t *reader_extract_feed(struct reader *reader, const struct network *network, const char *xml, size_t length)
{
    return extract(reader, network, true, xml, length);
}
