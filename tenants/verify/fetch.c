/* fetch.c: one curl_multi loop for hostile addresses. */
#include "fetch.h"

#include "veha/clock.h"
#include "veha/text.h"

#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MOST = 2 << 20,
    HEADERS_MOST = 64 << 10,
    HOPS_MOST = 5,
    TOTAL_MS = 20000,
    CONNECT_MS = 5000,
    SLOW_BYTES = 1024, /* a second, for ten seconds */
    SLOW_SECONDS = 10,
    HEADER_KEPT = 500,     /* bytes of a value */
    RETRY_MOST = 6 * 3600, /* however long a stranger tells us to stay away */
    PAIR_TEXT = 256,
    URGENT_ROOM = 4, /* slots that slow sites of a sweep cannot hold */
};

/* One exact exception: this host and port goes to that address and port. */
struct pair {
    char host[PAIR_TEXT];
    unsigned port;
    char address[INET6_ADDRSTRLEN];
    unsigned address_port;
};

struct queue {
    struct fetch *first, **last;
};

struct fetcher {
    struct pool *pool;
    CURLM *multi;
    struct pair *pairs;
    size_t pair_count;
    struct fetcher_options options;
    const char *user_agent;
    struct queue waiting, urgent; /* in their order */
    struct fetch *asking;
    unsigned in_flight;
    size_t busy;
};

struct fetch {
    struct fetch *next;
    struct fetch **link; /* what points to it among those asking */
    struct fetcher *fetcher;
    fetch_done *done;
    void *data;
    char *url;
    char *form;
    char *authorization; /* the whole line of the header */
    CURL *easy;
    struct curl_slist *route; /* CONNECT_TO of this hop */
    struct curl_slist *headers_sent;
    const struct pair *pair; /* the exception that holds for this hop; NULL: none */
    struct buffer body;
    size_t headers;
    const char *fault; /* found in a callback of curl: the reason for its CURLE_WRITE_ERROR or the like */
    json_t *redirects;
    json_t *told; /* headers of this hop that are kept */
    int64_t started;
    char address[INET6_ADDRSTRLEN];
};

/* ---- options ---- */

static bool read_port(const char *text, unsigned *port)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *port = (unsigned)number;
    return *text >= '0' && *text <= '9' && *end == '\0' && number > 0 && number < 65536;
}

/* "host:port" or "[v6]:port"; false when it is neither. */
static bool split_port(const char *text, size_t length, char *host, size_t room, unsigned *port)
{
    char copy[PAIR_TEXT];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *colon = strrchr(copy, ':');
    if (colon == NULL || !read_port(colon + 1, port))
        return false;
    *colon = '\0';
    char *from = copy;
    if (*from == '[' && colon > copy && colon[-1] == ']') {
        colon[-1] = '\0';
        from++;
    }
    return snprintf(host, room, "%s", from) < (int)room && *host != '\0';
}

static bool read_pair(const char *text, struct pair *pair)
{
    unsigned char bytes[16];
    const char *equal = strchr(text, '=');
    return equal != NULL && split_port(text, (size_t)(equal - text), pair->host, sizeof pair->host, &pair->port) &&
           split_port(equal + 1, strlen(equal + 1), pair->address, sizeof pair->address, &pair->address_port) &&
           (inet_pton(AF_INET, pair->address, bytes) == 1 || inet_pton(AF_INET6, pair->address, bytes) == 1);
}

static bool read_pairs(struct fetcher *fetcher, const char *const *texts)
{
    size_t count = 0;
    while (texts != NULL && texts[count] != NULL)
        count++;
    fetcher->pairs = pool_alloc(fetcher->pool, (count + 1) * sizeof *fetcher->pairs);
    for (size_t i = 0; i < count; i++) {
        if (!read_pair(texts[i], &fetcher->pairs[i])) {
            fprintf(stderr, "connect_to: \"%s\" is not HOST:PORT=ADDRESS:PORT\n", texts[i]);
            return false;
        }
        fetcher->pair_count++;
    }
    return true;
}

static void release_multi(void *multi)
{
    curl_multi_cleanup(multi);
}

struct fetcher *fetcher_new(const struct fetcher_options *options)
{
    struct pool *pool = pool_new();
    struct fetcher *fetcher = pool_alloc(pool, sizeof *fetcher);
    *fetcher = (struct fetcher){.pool = pool, .options = *options};
    fetcher->waiting.last = &fetcher->waiting.first;
    fetcher->urgent.last = &fetcher->urgent.first;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    guard_learn_own();
    fetcher->options.ca_file = pool_copy(pool, options->ca_file);
    if (options->total_ms == 0)
        fetcher->options.total_ms = TOTAL_MS;
    bool contact = options->contact != NULL && *options->contact != '\0';
    fetcher->user_agent = contact ? pool_print(pool, "%s (+%s)", options->user_agent, options->contact)
                                  : pool_copy(pool, options->user_agent);
    fetcher->multi = pool_adopt(pool, curl_multi_init(), release_multi);
    if (fetcher->multi != NULL && read_pairs(fetcher, options->connect_to)) {
        /* A sweep asks most sites once: connections kept for another time would only take memory. */
        curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)options->concurrency + URGENT_ROOM);
        return fetcher;
    }
    pool_free(pool);
    return NULL;
}

/* ---- curl's callbacks ---- */

static const struct pair *find_pair(const struct fetcher *fetcher, const char *host, unsigned port)
{
    for (size_t i = 0; i < fetcher->pair_count; i++)
        if (fetcher->pairs[i].port == port && strcasecmp(fetcher->pairs[i].host, host) == 0)
            return &fetcher->pairs[i];
    return NULL;
}

static bool may_reach(const struct fetch *fetch, const struct sockaddr *address)
{
    if (fetch->pair != NULL)
        return guard_is(address, fetch->pair->address, fetch->pair->address_port);
    return guard_allows(address);
}

/* The address that counts is the one connected to. */
static curl_socket_t on_open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = data;
    if (purpose != CURLSOCKTYPE_IPCXN || !may_reach(fetch, &address->addr)) {
        fetch->fault = "address_denied";
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Once more before the request is sent: a connection kept from an earlier fetch has asked nobody. */
static int on_before_request(void *data, char *primary, char *local, int primary_port, int local_port)
{
    struct fetch *fetch = data;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)primary_port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)primary_port)};
    (void)local;
    (void)local_port;
    snprintf(fetch->address, sizeof fetch->address, "%s", primary);
    const struct sockaddr *address = NULL;
    if (inet_pton(AF_INET, primary, &four.sin_addr) == 1)
        address = (const struct sockaddr *)(const void *)&four;
    else if (inet_pton(AF_INET6, primary, &six.sin6_addr) == 1)
        address = (const struct sockaddr *)(const void *)&six;
    if (address != NULL && may_reach(fetch, address)) {
        fetch->fault = NULL; /* another address of the host may have been denied before this one was tried */
        return CURL_PREREQFUNC_OK;
    }
    fetch->fault = "address_denied";
    return CURL_PREREQFUNC_ABORT;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct fetch *fetch = data;
    size_t length = size * count;
    if (fetch->body.length + length > BODY_MOST) {
        fetch->fault = "body_too_large";
        return 0;
    }
    buffer_add(&fetch->body, bytes, length);
    return length;
}

/* What is kept of the headers: what says when, what and by whom it was answered, and who stood in the way. Never a
 * cookie. */
static const char *const kept_headers[] = {
    "content-type",
    "content-language",
    "date",
    "last-modified",
    "etag",
    "location",
    "retry-after",
    "server",
    "via",
    "x-powered-by",
    "cf-mitigated",
    "cf-ray",
    "x-sucuri-id",
    "x-sucuri-block",
    "x-amzn-waf-action",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
};

/* The value of "Name: value\r\n" as text that JSON and the database take; strangers wrote it. */
static json_t *header_text(const char *from, size_t length)
{
    char text[HEADER_KEPT + 1];
    while (length > 0 && (*from == ' ' || *from == '\t'))
        from++, length--;
    while (length > 0 && strchr(" \t\r\n", from[length - 1]) != NULL)
        length--;
    length = length > HEADER_KEPT ? HEADER_KEPT : length;
    bool readable = text_is_utf8(from, length);
    for (size_t i = 0; i < length; i++)
        text[i] = (unsigned char)from[i] < 0x20 || from[i] == 0x7f || (!readable && (unsigned char)from[i] > 0x7f)
                      ? '?'
                      : from[i];
    return json_stringn(text, length);
}

static void keep_header(struct fetch *fetch, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) /* those before were of an interim answer */
        json_object_clear(fetch->told);
    for (size_t i = 0; colon != NULL && i < sizeof kept_headers / sizeof *kept_headers; i++)
        if (strlen(kept_headers[i]) == (size_t)(colon - line) &&
            strncasecmp(line, kept_headers[i], (size_t)(colon - line)) == 0)
            json_object_set_new(fetch->told, kept_headers[i],
                                header_text(colon + 1, length - (size_t)(colon + 1 - line)));
}

/* Counts what "100 Continue" without end, or headers without end, would fill. */
static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct fetch *fetch = data;
    keep_header(fetch, bytes, size * count);
    fetch->headers += size * count;
    if (fetch->headers <= HEADERS_MOST)
        return size * count;
    fetch->fault = "headers_too_large";
    return 0;
}

/* ---- one hop ---- */

static void drop_hop(struct fetch *fetch)
{
    if (fetch->easy == NULL)
        return;
    curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    curl_easy_cleanup(fetch->easy);
    curl_slist_free_all(fetch->route);
    curl_slist_free_all(fetch->headers_sent);
    fetch->easy = NULL;
    fetch->route = NULL;
    fetch->headers_sent = NULL;
}

static void set_limits(struct fetch *fetch, long left_ms)
{
    CURL *easy = fetch->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* or the loop waits for the resolver of a look given up long ago */
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (fetch->fetcher->options.ca_file != NULL && *fetch->fetcher->options.ca_file != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, fetch->fetcher->options.ca_file);
}

static void set_request(struct fetch *fetch)
{
    CURL *easy = fetch->easy;
    curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, fetch->fetcher->user_agent);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    if (fetch->form != NULL)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->form);
    if (fetch->authorization != NULL) {
        fetch->headers_sent = curl_slist_append(NULL, fetch->authorization);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers_sent);
    }
    if (fetch->pair == NULL)
        return;
    bool six = strchr(fetch->pair->address, ':') != NULL;
    char route[2 * PAIR_TEXT];
    snprintf(route, sizeof route, "%s:%u:%s%s%s:%u", fetch->pair->host, fetch->pair->port, six ? "[" : "",
             fetch->pair->address, six ? "]" : "", fetch->pair->address_port);
    fetch->route = curl_slist_append(NULL, route);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, fetch->route);
}

static bool url_text(CURLU *url, CURLUPart part, unsigned flags, char *out, size_t room)
{
    char *text = NULL;
    bool fits = curl_url_get(url, part, &text, flags) == CURLUE_OK && snprintf(out, room, "%s", text) < (int)room;
    curl_free(text);
    return fits;
}

/* Checks where this hop goes. NULL when it may; otherwise why not. */
static const char *check_url(struct fetch *fetch, CURLU *url)
{
    char scheme[16];
    char host[PAIR_TEXT];
    char port_text[16];
    unsigned port;
    if (curl_url_set(url, CURLUPART_URL, fetch->url, CURLU_DISALLOW_USER) != CURLUE_OK ||
        !url_text(url, CURLUPART_SCHEME, 0, scheme, sizeof scheme))
        return "url_unreadable";
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
        return "scheme_denied";
    if (!url_text(url, CURLUPART_HOST, 0, host, sizeof host) ||
        !url_text(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, port_text, sizeof port_text) || !read_port(port_text, &port))
        return "url_unreadable";
    fetch->pair = find_pair(fetch->fetcher, host, port);
    if (fetch->pair == NULL && port != 80 && port != 443)
        return "port_denied";
    return NULL;
}

/* Starts the hop to fetch->url; false with fetch->fault set when it cannot begin. */
static bool start_hop(struct fetch *fetch)
{
    CURLU *url = curl_url();
    long left_ms = fetch->fetcher->options.total_ms - (long)(clock_monotonic_ms() - fetch->started);
    fetch->fault = url == NULL ? "memory" : check_url(fetch, url);
    if (fetch->fault == NULL && left_ms <= 0)
        fetch->fault = "timeout";
    if (fetch->fault == NULL) {
        fetch->easy = curl_easy_init();
        set_limits(fetch, left_ms);
        set_request(fetch);
        buffer_clear(&fetch->body);
        fetch->headers = 0;
        json_object_clear(fetch->told);
        curl_multi_add_handle(fetch->fetcher->multi, fetch->easy);
    }
    curl_url_cleanup(url);
    return fetch->fault == NULL;
}

/* ---- the life of a fetch ---- */

void fetcher_get(struct fetcher *fetcher, const struct fetch_request *request, fetch_done *done, void *data)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (fetch == NULL)
        abort();
    *fetch = (struct fetch){
        .fetcher = fetcher, .done = done, .data = data, .redirects = json_array(), .told = json_object()};
    fetch->url = strdup(request->url);
    fetch->form = request->form == NULL ? NULL : strdup(request->form);
    if (request->authorization != NULL &&
        asprintf(&fetch->authorization, "Authorization: %s", request->authorization) < 0)
        abort();
    struct queue *queue = request->urgent ? &fetcher->urgent : &fetcher->waiting;
    *queue->last = fetch;
    queue->last = &fetch->next;
    fetcher->busy++;
}

static void free_fetch(struct fetch *fetch)
{
    drop_hop(fetch);
    buffer_free(&fetch->body);
    json_decref(fetch->redirects);
    json_decref(fetch->told);
    free(fetch->url);
    free(fetch->form);
    free(fetch->authorization);
    free(fetch);
}

static void link_asking(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    fetch->link = &fetcher->asking;
    fetch->next = fetcher->asking;
    if (fetch->next != NULL)
        fetch->next->link = &fetch->next;
    fetcher->asking = fetch;
    fetcher->in_flight++;
}

static void unlink_asking(struct fetch *fetch)
{
    *fetch->link = fetch->next;
    if (fetch->next != NULL)
        fetch->next->link = fetch->link;
    fetch->fetcher->in_flight--;
}

/* Why curl gave up, in our words. */
static const char *fault_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        const char *fault;
    } faults[] = {
        {CURLE_OPERATION_TIMEDOUT, "timeout"},         {CURLE_COULDNT_RESOLVE_HOST, "host_unknown"},
        {CURLE_COULDNT_CONNECT, "connection_refused"}, {CURLE_PEER_FAILED_VERIFICATION, "certificate"},
        {CURLE_SSL_CACERT_BADFILE, "certificate"},     {CURLE_SSL_CONNECT_ERROR, "tls"},
        {CURLE_GOT_NOTHING, "nothing_came"},           {CURLE_RECV_ERROR, "connection_lost"},
        {CURLE_PARTIAL_FILE, "connection_lost"},       {CURLE_BAD_CONTENT_ENCODING, "encoding"},
        {CURLE_TOO_MANY_REDIRECTS, "redirects_many"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].code == code)
            return faults[i].fault;
    return "transfer";
}

static void finish(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    const char *type = NULL;
    curl_off_t retry = 0;
    struct answer answer = {.fault = fetch->fault, .url = fetch->url, .bytes = "", .at = clock_now()};
    if (fetch->easy != NULL && fetch->fault == NULL) {
        curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &answer.status);
        curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &type);
        curl_easy_getinfo(fetch->easy, CURLINFO_RETRY_AFTER, &retry);
        answer.content_type = type;
        answer.retry_after = retry > RETRY_MOST ? RETRY_MOST : (long)retry;
        answer.bytes = fetch->body.bytes == NULL ? "" : fetch->body.bytes;
        answer.length = fetch->body.length;
    }
    json_t *exchange = json_pack("{s:s, s:I, s:s?, s:I, s:I, s:O, s:O, s:s}", "url", fetch->url, "status",
                                 (json_int_t)answer.status, "fault", fetch->fault, "bytes", (json_int_t)answer.length,
                                 "ms", (json_int_t)(clock_monotonic_ms() - fetch->started), "redirects",
                                 fetch->redirects, "headers", fetch->told, "address", fetch->address);
    unlink_asking(fetch);
    fetcher->busy--;
    fetch->done(fetch->data, &answer, exchange);
    free_fetch(fetch);
}

/* A redirect is followed by hand: its target is checked like any address. True: the fetch goes on. */
static bool follow_redirect(struct fetch *fetch)
{
    long status = 0;
    char *target = NULL;
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &target);
    if (status < 300 || status > 399 || target == NULL)
        return false;
    if (json_array_size(fetch->redirects) >= HOPS_MOST) {
        fetch->fault = "redirects_many";
        return false;
    }
    json_array_append_new(fetch->redirects, json_pack("{s:s, s:I, s:o}", "url", fetch->url, "status",
                                                      (json_int_t)status, "headers", json_copy(fetch->told)));
    free(fetch->url);
    fetch->url = strdup(target);
    free(fetch->form); /* what we tell one host is not for the next */
    free(fetch->authorization);
    fetch->form = NULL;
    fetch->authorization = NULL;
    drop_hop(fetch);
    return start_hop(fetch);
}

static void on_hop_done(struct fetch *fetch, CURLcode code)
{
    if (code != CURLE_OK && fetch->fault == NULL)
        fetch->fault = fault_of(code);
    if (fetch->fault == NULL && follow_redirect(fetch))
        return;
    finish(fetch);
}

static void start_queue(struct fetcher *fetcher, struct queue *queue, unsigned room)
{
    while (queue->first != NULL && fetcher->in_flight < room) {
        struct fetch *fetch = queue->first;
        queue->first = fetch->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        link_asking(fetch);
        fetch->started = clock_monotonic_ms();
        if (!start_hop(fetch))
            finish(fetch);
    }
}

static void start_waiting(struct fetcher *fetcher)
{
    start_queue(fetcher, &fetcher->urgent, fetcher->options.concurrency + URGENT_ROOM);
    start_queue(fetcher, &fetcher->waiting, fetcher->options.concurrency);
}

size_t fetcher_busy(const struct fetcher *fetcher)
{
    return fetcher->busy;
}

void fetcher_poll(struct fetcher *fetcher, struct curl_waitfd *extra, unsigned extra_count, int timeout_ms)
{
    int running = 0;
    int left = 0;
    start_waiting(fetcher);
    curl_multi_perform(fetcher->multi, &running);
    if (running < (int)fetcher->in_flight) /* one was refused on the spot: nothing will wake us for it */
        timeout_ms = 0;
    curl_multi_poll(fetcher->multi, extra, extra_count, timeout_ms, NULL);
    curl_multi_perform(fetcher->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(fetcher->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        struct fetch *fetch = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
        on_hop_done(fetch, code);
    }
    start_waiting(fetcher);
}

void fetcher_free(struct fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    struct fetch *lists[] = {fetcher->waiting.first, fetcher->urgent.first, fetcher->asking};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        while (lists[i] != NULL) {
            struct fetch *fetch = lists[i];
            lists[i] = fetch->next;
            free_fetch(fetch);
        }
    }
    pool_free(fetcher->pool);
}
