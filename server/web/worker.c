/* worker.c: the loop of one process: connections, database lanes, password hashes, signals. */
#include "worker.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/password.h"
#include "veha/process.h"

#include "live.h"
#include "note.h"
#include "rotation.h"
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_LANES = 1,
    WRITE_LANES = 3,
    SLOW_LANES = 1,
    LANES_MAX = READ_LANES + WRITE_LANES + SLOW_LANES,
    UNITS_WAITING_MAX = 2000,
    ACCEPTS_AT_ONCE = 16,
    GOAWAYS_MS = 1500, /* the library says goodbye twice, a second apart */
    DRAIN_MS = 10000
};

/* A descriptor of somebody else's, watched through a duplicate: the library closes what it watches. */
struct watch {
    h2o_socket_t *socket; /* NULL: not watched */
    unsigned generation;
};

/* States: SERVING → DRAINING (stop became readable: no listeners) → ended. Static, so that what lives to the end is no
 * leak. */
static struct loop {
    struct server server;
    struct worker_plan *plan;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    h2o_socket_t *listeners[LISTEN_MAX];
    bool paused; /* no descriptors left: the listeners are not read until the next walk */
    struct watch lanes[LANES_MAX], passwords, stop, signals;
    int signal_descriptor;
    int64_t walk_at, drained_at;
} loop;

struct handler {
    h2o_handler_t super;
    struct server *server;
};

static int on_request(h2o_handler_t *handler, h2o_req_t *h2o)
{
    return request_begin(((struct handler *)(void *)handler)->server, h2o);
}

static void watch_start(struct watch *watch, int descriptor, h2o_socket_cb callback)
{
    int copy = dup(descriptor);
    if (copy < 0) { /* a lane is tried again at the next turn */
        log_event(LOG_LEVEL_WARNING, "descriptor_not_watched", "errno", log_number(errno), NULL);
        return;
    }
    watch->socket = h2o_evloop_socket_create(loop.context.loop, copy, H2O_SOCKET_FLAG_DONT_READ);
    watch->socket->data = watch;
    h2o_socket_read_start(watch->socket, callback);
}

static void watch_stop(struct watch *watch)
{
    if (watch->socket != NULL)
        h2o_socket_close(watch->socket);
    watch->socket = NULL;
}

static void on_lane(h2o_socket_t *socket, const char *error)
{
    (void)error; /* the lane finds out for itself */
    lane_step(db_lane(loop.server.worker.db, (size_t)((struct watch *)socket->data - loop.lanes)));
}

/* After every step: a lane may have a new descriptor, or something to write. */
static void watch_lane(struct watch *watch, const struct lane *lane)
{
    int descriptor = lane_descriptor(lane);

    if (watch->socket != NULL && (descriptor < 0 || watch->generation != lane_generation(lane)))
        watch_stop(watch);
    if (watch->socket == NULL && descriptor >= 0) {
        watch_start(watch, descriptor, on_lane);
        watch->generation = lane_generation(lane);
    }
    if (watch->socket != NULL && lane_wants_write(lane) && !h2o_socket_is_writing(watch->socket))
        h2o_socket_notify_write(watch->socket, on_lane);
}

/* Sends what requests queued in this turn, steps the lanes whose time has come, and says how long the loop may sleep.
 */
static int turn_lanes(int wait)
{
    struct db *db = loop.server.worker.db;

    db_flush(db);
    for (size_t i = 0; i < db_lane_count(db); i++) {
        struct lane *lane = db_lane(db, i);
        if (lane_timeout(lane) == 0)
            lane_step(lane);
        watch_lane(&loop.lanes[i], lane);
        int timeout = lane_timeout(lane);
        wait = timeout >= 0 && timeout < wait ? timeout : wait;
    }
    return wait;
}

static void on_passwords(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    (void)error;
    password_queue_step(loop.server.worker.passwords);
}

static void pause_listeners(void)
{
    for (size_t i = 0; i < loop.plan->sockets.count; i++)
        h2o_socket_read_stop(loop.listeners[i]);
    loop.paused = true;
    log_event(LOG_LEVEL_WARNING, "listeners_paused", "errno", log_number(errno), NULL);
}

static void on_accept(h2o_socket_t *listener, const char *error)
{
    (void)error;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        h2o_socket_t *socket = h2o_evloop_socket_accept(listener);
        if (socket == NULL && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
            pause_listeners();
        if (socket == NULL)
            return;
        if (guard_accept(loop.server.guard, socket))
            h2o_accept(&loop.accept, socket);
        else
            h2o_socket_close(socket);
    }
}

static void resume_listeners(void)
{
    for (size_t i = 0; loop.paused && i < loop.plan->sockets.count; i++)
        h2o_socket_read_start(loop.listeners[i], on_accept);
    loop.paused = false;
}

static void on_stop(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    (void)error;
    watch_stop(&loop.stop);
    loop.server.draining = true;
    loop.drained_at = clock_monotonic_ms();
    for (size_t i = 0; i < loop.plan->sockets.count; i++)
        h2o_socket_close(loop.listeners[i]);
    h2o_context_request_shutdown(&loop.context);
}

bool worker_load_pages(struct server *server, const struct config *config)
{
    static const char *const unescaped[] = {"sheet", NULL}; /* our own, see paint.h */
    struct pool *pool = pool_new();
    const char *directory = config_text(config, "templates", "directory");
    struct template_set *templates = template_load(pool_print(pool, "%s/pages", directory), unescaped);
    struct locale_set *locales = locale_load(pool_print(pool, "%s/../locales", config_text(config, "web", "assets")),
                                             config_text(config, "region", "timezone"));
    bool sound = templates != NULL && locales != NULL && template_use_assets(templates, asset_manifest(server->assets));

    if (sound) {
        template_free(server->templates);
        locale_set_free(server->locales);
        server->templates = templates;
        server->locales = locales;
    } else {
        template_free(templates);
        locale_set_free(locales);
    }
    pool_free(pool);
    return sound;
}

static void reload(void)
{
    const struct config *config = loop.server.worker.config;
    const struct resource_table *table = loop.server.worker.table;
    SSL_CTX *tls = listen_tls(config);
    bool pages = worker_load_pages(&loop.server, config);
    bool domain = table->load == NULL || table->load(config);

    if (tls != NULL) {
        SSL_CTX_free(loop.accept.ssl_ctx); /* connections hold it as long as they need it */
        loop.accept.ssl_ctx = tls;
    }
    log_event(tls != NULL && pages && domain ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "reloaded", "certificate",
              tls != NULL ? "new" : "kept", "pages", pages ? "new" : "kept", "domain", domain ? "new" : "kept", NULL);
}

static void on_signal(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    (void)error;
    while (process_signal_read(loop.signal_descriptor) != 0)
        reload();
}

static void setup_library(void)
{
    h2o_globalconf_t *config = &loop.config;

    h2o_config_init(config);
    config->server_name = h2o_iovec_init(H2O_STRLIT("veha"));
    config->max_request_entity_size = GUARD_BODY_MAX;
    config->handshake_timeout = 10000;
    config->http1.req_timeout = 30000;
    config->http1.upgrade_to_http2 = 0;
    config->http2.idle_timeout = 60000;
    config->http2.graceful_shutdown_timeout = DRAIN_MS - GOAWAYS_MS;
    h2o_hostconf_t *host = h2o_config_register_host(config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *const paths[] = {h2o_config_register_path(host, "/", 0), &host->fallback_path};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct handler *handler = (void *)h2o_create_handler(paths[i], sizeof *handler);
        handler->super.on_req = on_request;
        handler->server = &loop.server;
    }
    h2o_context_init(&loop.context, h2o_evloop_create(), config);
    loop.accept = (h2o_accept_ctx_t){.ctx = &loop.context, .hosts = config->hosts, .ssl_ctx = loop.plan->tls};
}

static void setup(struct worker_plan *plan, int stop)
{
    static const int signals[] = {SIGHUP, 0};
    const struct config *config = plan->server.worker.config;
    const struct db_options options = {.url = config_text(config, "database", "url"),
                                       .application = "veha serve",
                                       .read_lanes = READ_LANES,
                                       .write_lanes = WRITE_LANES,
                                       .slow_lanes = SLOW_LANES,
                                       .waiting_most = UNITS_WAITING_MAX};

    signal(SIGPIPE, SIG_IGN);
    loop.plan = plan;
    loop.server = plan->server;
    loop.server.worker.db = db_new(&options);
    loop.server.worker.passwords = password_queue_new();
    loop.server.guard = guard_new();
    loop.server.notes = notes_new();
    loop.server.live =
        live_new(config_number(config, "web", "live_streams"), config_number(config, "web", "live_check"));
    loop.server.rate =
        rate_new(config_number(config, "web", "rate_address"), config_number(config, "web", "rate_caller"));
    setup_library();
    for (size_t i = 0; i < plan->sockets.count; i++) {
        loop.listeners[i] =
            h2o_evloop_socket_create(loop.context.loop, plan->sockets.descriptors[i], H2O_SOCKET_FLAG_DONT_READ);
        h2o_socket_read_start(loop.listeners[i], on_accept);
    }
    loop.signal_descriptor = process_signals(signals);
    watch_start(&loop.signals, loop.signal_descriptor, on_signal);
    watch_start(&loop.stop, stop, on_stop);
    watch_start(&loop.passwords, password_queue_descriptor(loop.server.worker.passwords), on_passwords);
}

/* Twice a second: budgets, listeners, and while draining the connections that nobody uses. */
static void walk(int64_t now)
{
    if (now < loop.walk_at)
        return;
    loop.walk_at = now + GUARD_WALK_MS;
    guard_walk(loop.server.guard, now);
    if (!loop.server.draining)
        resume_listeners();
    else if (now - loop.drained_at >= GOAWAYS_MS)
        guard_close_idle(loop.server.guard);
}

static bool is_over(int64_t now)
{
    bool done = guard_count(loop.server.guard) == 0 && note_idle(&loop.server);
    return loop.server.draining && (done || now - loop.drained_at >= DRAIN_MS);
}

int worker_run(unsigned number, int stop, void *data)
{
    setup(data, stop);
    if (loop.signals.socket == NULL || loop.stop.socket == NULL || loop.passwords.socket == NULL)
        return 1; /* it would never hear that it is to end */
    log_event(LOG_LEVEL_NOTICE, "worker_started", "number", log_number(number), NULL);
    for (int64_t now = clock_monotonic_ms(); !is_over(now); now = clock_monotonic_ms()) {
        walk(now);
        watch_turn(&loop.server, now);
        note_turn(&loop.server, now);
        live_turn(&loop.server, now);
        rotation_turn(&loop.server, now);
        int wait = turn_lanes(loop.server.draining ? 50 : GUARD_WALK_MS);
        if (h2o_evloop_run(loop.context.loop, wait) != 0 && errno != EINTR) {
            log_event(LOG_LEVEL_ERROR, "loop_failed", "errno", log_number(errno), NULL);
            return 1;
        }
    }
    log_event(LOG_LEVEL_NOTICE, "worker_ended", "number", log_number(number), "connections",
              log_number((long long)guard_count(loop.server.guard)), NULL);
    return 0;
}
