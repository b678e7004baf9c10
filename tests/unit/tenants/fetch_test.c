/* fetch_test.c: what a fetch may reach, and what hostile servers get away with: nothing. */
#include "veha/clock.h"
#include "veha/text.h"

#include "tenants/verify/fetch.h"
#include "tenants/verify/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

/* ---- addresses ---- */

struct address {
    const char *text;
    unsigned port;
    bool allowed;
};

static const struct address addresses[] = {
    {"93.184.216.34", 80, true},
    {"93.184.216.34", 443, true},
    {"93.184.216.34", 8080, false},
    {"93.184.216.34", 22, false},
    {"0.0.0.0", 80, false},
    {"0.1.2.3", 80, false},
    {"10.0.0.1", 80, false},
    {"100.64.0.1", 80, false},
    {"100.63.255.255", 80, true},
    {"100.128.0.0", 80, true},
    {"127.0.0.1", 80, false},
    {"127.255.255.254", 443, false},
    {"169.254.169.254", 80, false},
    {"172.15.255.255", 80, true},
    {"172.16.0.1", 80, false},
    {"172.31.255.255", 80, false},
    {"172.32.0.0", 80, true},
    {"192.0.0.1", 80, false},
    {"192.0.2.1", 80, false},
    {"192.31.196.1", 80, false},
    {"192.52.193.1", 80, false},
    {"192.88.99.1", 80, false},
    {"192.168.1.1", 80, false},
    {"192.175.48.1", 80, false},
    {"198.17.255.255", 80, true},
    {"198.18.0.1", 80, false},
    {"198.19.255.255", 80, false},
    {"198.51.100.1", 80, false},
    {"203.0.113.1", 80, false},
    {"224.0.0.1", 80, false},
    {"239.255.255.255", 80, false},
    {"240.0.0.1", 80, false},
    {"255.255.255.255", 80, false},
    {"2a00:1450:4010::1", 443, true},
    {"::", 80, false},
    {"::1", 80, false},
    {"::ffff:127.0.0.1", 80, false},
    {"::ffff:93.184.216.34", 80, false}, /* mapped: there is a plain spelling */
    {"::127.0.0.1", 80, false},
    {"64:ff9b::7f00:1", 80, false},
    {"64:ff9b:1::1", 80, false},
    {"100::1", 80, false},
    {"2001::1", 80, false},
    {"2001:db8::1", 80, false},
    {"2002:7f00:1::1", 80, false},
    {"2620:4f:8000::1", 80, false},
    {"3fff::1", 80, false},
    {"fc00::1", 80, false},
    {"fd12:3456::1", 80, false},
    {"fe80::1", 80, false},
    {"fec0::1", 80, false},
    {"ff02::1", 80, false},
};

static bool ask_guard(const struct address *asked)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)asked->port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)asked->port)};
    if (inet_pton(AF_INET, asked->text, &four.sin_addr) == 1)
        return guard_allows((const struct sockaddr *)(const void *)&four);
    assert_int_equal(inet_pton(AF_INET6, asked->text, &six.sin6_addr), 1);
    return guard_allows((const struct sockaddr *)(const void *)&six);
}

static void guards_every_special_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (ask_guard(&addresses[i]) != addresses[i].allowed)
            fail_msg("%s:%u", addresses[i].text, addresses[i].port);
    struct sockaddr_in unix_like = {.sin_family = AF_UNIX};
    assert_false(guard_allows((const struct sockaddr *)(const void *)&unix_like));
}

/* ---- a hostile server ---- */

static unsigned server_port;
static pid_t server;

static void send_text(int to, const char *text)
{
    if (send(to, text, strlen(text), MSG_NOSIGNAL) < 0)
        _exit(0);
}

static void serve_endless(int to, const char *head, const char *piece)
{
    send_text(to, head);
    for (;;)
        send_text(to, piece);
}

/* 64 MB of blanks, packed. */
static void serve_bomb(int to)
{
    static unsigned char packed[1 << 17];
    static unsigned char blanks[1 << 16];
    z_stream stream = {0};
    memset(blanks, ' ', sizeof blanks);
    deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    for (int i = 0; i < 1024; i++) {
        stream.next_in = blanks;
        stream.avail_in = sizeof blanks;
        deflate(&stream, i == 1023 ? Z_FINISH : Z_NO_FLUSH);
    }
    send_text(to, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
    if (send(to, packed, sizeof packed - stream.avail_out, MSG_NOSIGNAL) < 0)
        _exit(0);
    deflateEnd(&stream);
}

/* A date so many seconds from now, as HTTP writes it. */
static const char *http_date(int seconds)
{
    static char text[64];
    time_t at = (time_t)clock_now() + seconds;
    struct tm parts;
    gmtime_r(&at, &parts);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text;
}

static void serve_path(int to, const char *path, const char *body)
{
    char answer[8192];
    if (strcmp(path, "/loop") == 0) {
        send_text(to, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    } else if (strncmp(path, "/to?", 4) == 0) {
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", path + 4);
        send_text(to, answer);
    } else if (strcmp(path, "/endless") == 0) {
        serve_endless(to, "HTTP/1.1 200 OK\r\n\r\n",
                      "0123456789012345678901234567890123456789012345678901234567890123");
    } else if (strcmp(path, "/headers") == 0) {
        serve_endless(to, "HTTP/1.1 200 OK\r\n", "X-More: 0123456789012345678901234567890123456789\r\n");
    } else if (strcmp(path, "/continue") == 0) {
        serve_endless(to, "", "HTTP/1.1 100 Continue\r\n\r\n");
    } else if (strcmp(path, "/bomb") == 0) {
        serve_bomb(to);
    } else if (strncmp(path, "/busy?", 6) == 0) {
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 429 Too Many Requests\r\nRetry-After: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                 strcmp(path + 6, "date") == 0 ? http_date(90) : path + 6);
        send_text(to, answer);
    } else if (strcmp(path, "/silence") == 0) {
        pause();
    } else if (strcmp(path, "/kept") == 0) {
        send_text(to, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        pause();
    } else {
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\nConnection: "
                 "close\r\n\r\n%s%s",
                 strcmp(path, "/missing") == 0 ? "404 Not Found" : "200 OK", strlen(path) + strlen(body), path, body);
        send_text(to, answer);
    }
}

/* One child a connection, so that a pausing one keeps nobody waiting. */
static void serve_connection(int to)
{
    char request[4096] = "";
    size_t length = 0;
    char path[1024] = "";
    while (strstr(request, "\r\n\r\n") == NULL && length < sizeof request - 1) {
        ssize_t got = recv(to, request + length, sizeof request - 1 - length, 0);
        if (got <= 0)
            _exit(0);
        length += (size_t)got;
    }
    char *told = strstr(request, "Authorization:"); /* is sent back as it came */
    const char *body = strncmp(request, "POST", 4) == 0 ? strstr(request, "\r\n\r\n") + 4 : "";
    if (told != NULL)
        told[strcspn(told, "\r")] = '\0';
    if (sscanf(request, "%*s %1023s", path) == 1)
        serve_path(to, path, told != NULL ? told : body);
    _exit(0);
}

static int start_server(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (const struct sockaddr *)(const void *)&address, sizeof address) != 0 ||
        listen(listener, 16) != 0 || getsockname(listener, (struct sockaddr *)(void *)&address, &size) != 0)
        return -1;
    server_port = ntohs(address.sin_port);
    server = fork();
    if (server != 0) {
        close(listener);
        return server < 0 ? -1 : 0;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int to = accept(listener, NULL, NULL);
        pid_t self = getpid();
        if (to >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() == self) /* else the server went before it could take this child along */
                serve_connection(to);
            _exit(0);
        }
        close(to);
    }
}

static int stop_server(void **state)
{
    (void)state;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

/* ---- fetching ---- */

/* What the callback kept. */
struct outcome {
    struct pool *pool;
    bool done;
    const char *fault;
    long status;
    const char *url;
    const char *body;
    size_t length;
    long retry_after;
    json_t *exchange;
};

static void release_json(void *json)
{
    json_decref(json);
}

static void on_done(void *data, const struct answer *answer, json_t *exchange)
{
    struct outcome *outcome = data;
    assert_false(outcome->done);
    outcome->done = true;
    outcome->fault = pool_copy(outcome->pool, answer->fault);
    outcome->status = answer->status;
    outcome->url = pool_copy(outcome->pool, answer->url);
    outcome->body = pool_copy_length(outcome->pool, answer->bytes, answer->length);
    outcome->length = answer->length;
    outcome->retry_after = answer->retry_after;
    outcome->exchange = pool_adopt(outcome->pool, exchange, release_json);
}

static struct fetcher *new_fetcher(struct pool *pool, long total_ms)
{
    static const char *pairs[3];
    pairs[0] = pool_print(pool, "site.example:80=127.0.0.1:%u", server_port);
    pairs[1] = pool_print(pool, "other.example:80=127.0.0.1:%u", server_port);
    const struct fetcher_options options = {.concurrency = 4,
                                            .connect_to = pairs,
                                            .user_agent = "Veha/test",
                                            .contact = "https://veha.example",
                                            .total_ms = total_ms};
    struct fetcher *fetcher = fetcher_new(&options);
    assert_non_null(fetcher);
    return fetcher;
}

static struct outcome fetch(struct pool *pool, long total_ms, const struct fetch_request *request)
{
    struct outcome outcome = {.pool = pool};
    struct fetcher *fetcher = new_fetcher(pool, total_ms);
    fetcher_get(fetcher, request, on_done, &outcome);
    assert_false(outcome.done); /* never before the call returned */
    while (!outcome.done)
        fetcher_poll(fetcher, NULL, 0, 200);
    assert_int_equal(fetcher_busy(fetcher), 0);
    fetcher_free(fetcher);
    return outcome;
}

static struct outcome get(struct pool *pool, long total_ms, const char *url, const char *form)
{
    const struct fetch_request request = {.url = url, .form = form};
    return fetch(pool, total_ms, &request);
}

/* A token goes to the host it is meant for, to no other, and into nothing that is kept. */
static void tells_a_token_to_one_host_only(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct fetch_request request = {.url = "http://site.example/page", .authorization = "secret"};
    struct outcome got = fetch(pool, 0, &request);
    assert_string_equal(got.body, "/pageAuthorization: secret");
    char *kept = json_dumps(got.exchange, 0);
    assert_null(strstr(kept, "secret"));
    free(kept);
    request.url = "http://site.example/to?http://other.example/there";
    assert_string_equal(fetch(pool, 0, &request).body, "/there");
    pool_free(pool);
}

static void hears_when_to_come_again(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_int_equal(get(pool, 0, "http://site.example/busy?30", NULL).retry_after, 30);
    assert_in_range(get(pool, 0, "http://site.example/busy?date", NULL).retry_after, 60, 90);
    assert_int_equal(get(pool, 0, "http://site.example/busy?soon", NULL).retry_after, 0);
    assert_int_equal(get(pool, 0, "http://site.example/busy?-5", NULL).retry_after, 0);
    assert_int_equal(get(pool, 0, "http://site.example/busy?99999999999", NULL).retry_after, 21600); /* no longer */
    assert_int_equal(get(pool, 0, "http://site.example/page", NULL).retry_after, 0);
    pool_free(pool);
}

static void brings_what_is_there(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct outcome got = get(pool, 0, "http://site.example/page", NULL);
    assert_null(got.fault);
    assert_int_equal(got.status, 200);
    assert_string_equal(got.body, "/page");
    assert_string_equal(json_string_value(json_object_get(got.exchange, "address")), "127.0.0.1");
    got = get(pool, 0, "http://site.example/missing", NULL);
    assert_int_equal(got.status, 404);
    got = get(pool, 0, "http://site.example/form", "a=1");
    assert_string_equal(got.body, "/forma=1");
    pool_free(pool);
}

static void follows_and_checks_redirects(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct outcome got = get(pool, 0, "http://site.example/to?http://other.example/there", NULL);
    assert_null(got.fault);
    assert_string_equal(got.url, "http://other.example/there");
    assert_int_equal(json_array_size(json_object_get(got.exchange, "redirects")), 1);
    got = get(pool, 0, "http://site.example/to?/a", "token=secret"); /* the form stays with the first */
    assert_string_equal(got.body, "/a");
    got = get(pool, 0, "http://site.example/loop", NULL);
    assert_string_equal(got.fault, "redirects_many");
    static const struct {
        const char *target;
        const char *fault;
    } targets[] = {
        {"http://127.0.0.1/", "address_denied"},       {"http://[::1]/", "address_denied"},
        {"http://169.254.169.254/", "address_denied"}, {"http://0x7f000001/", "address_denied"},
        {"http://localhost/", "address_denied"},       {"ftp://site.example/", "scheme_denied"},
        {"file:///etc/passwd", "scheme_denied"},       {"gopher://site.example/", "scheme_denied"},
        {"http://site.example:22/", "port_denied"},    {"http://a:b@site.example/", "url_unreadable"},
    };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        got = get(pool, 0, pool_print(pool, "http://site.example/to?%s", targets[i].target), NULL);
        assert_non_null(got.fault);
        assert_string_equal(got.fault, targets[i].fault);
        assert_int_equal(got.length, 0);
    }
    pool_free(pool);
}

/* The exception of connect_to holds for its host and port alone: the same server under its address stays out of reach.
 */
static void exempts_exactly_the_pairs(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct outcome got = get(pool, 0, pool_print(pool, "http://127.0.0.1:%u/page", server_port), NULL);
    assert_string_equal(got.fault, "port_denied");
    got = get(pool, 0, "http://127.0.0.1/page", NULL);
    assert_string_equal(got.fault, "address_denied");
    got = get(pool, 0, "http://localhost/page", NULL);
    assert_string_equal(got.fault, "address_denied");
    static const char *const spoiled[] = {"site.example", "site.example:80=127.0.0.1", "site.example:80=localhost:1",
                                          "a:b=1.2.3.4:5", NULL};
    for (size_t i = 0; spoiled[i] != NULL; i++) {
        const char *const pairs[] = {spoiled[i], NULL};
        const struct fetcher_options options = {.concurrency = 1, .connect_to = pairs, .user_agent = "Veha/test"};
        assert_null(fetcher_new(&options));
    }
    pool_free(pool);
}

static void bounds_what_it_takes(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_string_equal(get(pool, 0, "http://site.example/endless", NULL).fault, "body_too_large");
    assert_string_equal(get(pool, 0, "http://site.example/bomb", NULL).fault, "body_too_large");
    assert_string_equal(get(pool, 0, "http://site.example/headers", NULL).fault, "headers_too_large");
    assert_string_equal(get(pool, 0, "http://site.example/continue", NULL).fault, "headers_too_large");
    int64_t started = clock_monotonic_ms();
    assert_string_equal(get(pool, 300, "http://site.example/silence", NULL).fault, "timeout");
    assert_in_range(clock_monotonic_ms() - started, 250, 5000);
    pool_free(pool);
}

static void asks_many_at_once(void **state)
{
    (void)state;
    enum { MANY = 30 };
    struct pool *pool = pool_new();
    struct outcome outcomes[MANY];
    struct fetcher *fetcher = new_fetcher(pool, 0);
    for (size_t i = 0; i < MANY; i++) {
        const struct fetch_request request = {.url = pool_print(pool, "http://site.example/%zu", i)};
        outcomes[i] = (struct outcome){.pool = pool};
        fetcher_get(fetcher, &request, on_done, &outcomes[i]);
    }
    while (fetcher_busy(fetcher) > 0)
        fetcher_poll(fetcher, NULL, 0, 200);
    for (size_t i = 0; i < MANY; i++)
        assert_string_equal(outcomes[i].body, pool_print(pool, "/%zu", i));
    fetcher_free(fetcher);
    pool_free(pool);
}

static size_t count_connections(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        count += getpeername(fd, (struct sockaddr *)(void *)&peer, &size) == 0 && peer.ss_family == AF_INET;
    }
    return count;
}

/* Each site of a region would leave a connection behind, and its memory. */
static void keeps_few_connections(void **state)
{
    (void)state;
    enum { SITES = 40, AT_ONCE = 2, KEPT_MOST = AT_ONCE + 4 };
    struct pool *pool = pool_new();
    const char *pairs[SITES + 1] = {0};
    struct outcome outcomes[SITES];
    for (int i = 0; i < SITES; i++)
        pairs[i] = pool_print(pool, "site%d.example:80=127.0.0.1:%u", i, server_port);
    const struct fetcher_options options = {.concurrency = AT_ONCE, .connect_to = pairs, .user_agent = "Veha/test"};
    size_t before = count_connections();
    struct fetcher *fetcher = fetcher_new(&options);
    for (int i = 0; i < SITES; i++) {
        const struct fetch_request request = {.url = pool_print(pool, "http://site%d.example/kept", i)};
        outcomes[i] = (struct outcome){.pool = pool};
        fetcher_get(fetcher, &request, on_done, &outcomes[i]);
    }
    while (fetcher_busy(fetcher) > 0)
        fetcher_poll(fetcher, NULL, 0, 200);
    for (int i = 0; i < SITES; i++)
        assert_int_equal(outcomes[i].status, 200);
    assert_in_range(count_connections() - before, 1, KEPT_MOST);
    fetcher_free(fetcher);
    pool_free(pool);
}

static void may_be_dropped_halfway(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct outcome outcome = {.pool = pool};
    struct fetcher *fetcher = new_fetcher(pool, 0);
    const struct fetch_request request = {.url = "http://site.example/silence"};
    for (int i = 0; i < 8; i++) /* some asking, some waiting */
        fetcher_get(fetcher, &request, on_done, &outcome);
    fetcher_poll(fetcher, NULL, 0, 50);
    fetcher_free(fetcher);
    assert_false(outcome.done);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guards_every_special_range),   cmocka_unit_test(hears_when_to_come_again),
        cmocka_unit_test(brings_what_is_there),         cmocka_unit_test(tells_a_token_to_one_host_only),
        cmocka_unit_test(follows_and_checks_redirects), cmocka_unit_test(exempts_exactly_the_pairs),
        cmocka_unit_test(bounds_what_it_takes),         cmocka_unit_test(asks_many_at_once),
        cmocka_unit_test(keeps_few_connections),        cmocka_unit_test(may_be_dropped_halfway),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
