/*
 * bare_fetch: fetches a list of addresses as fast as one curl_multi loop can, and throws the bodies away.
 *
 *   bare_fetch CA_FILE PORT CONCURRENT < LIST
 *
 * It is what a sweep of looks is measured against: every request has a new TLS connection, as the looks have. LIST
 * holds one address a line; all of them are asked of 127.0.0.1:PORT under their own host names. Prints "REQUESTS
 * SECONDS BYTES FAILED".
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sweep {
    CURLM *multi;
    struct curl_slist *connect_to;
    const char *ca_file;
    unsigned long requests, failed, in_flight;
    size_t bytes;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct sweep *sweep = data;
    (void)bytes;
    sweep->bytes += size * count;
    return size * count;
}

/* Starts the next address of the list on handle; false at its end. */
static bool start_next(struct sweep *sweep, CURL *handle)
{
    char line[4096];
    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, line);
    curl_easy_setopt(handle, CURLOPT_CONNECT_TO, sweep->connect_to);
    curl_easy_setopt(handle, CURLOPT_CAINFO, sweep->ca_file);
    curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, sweep);
    curl_multi_add_handle(sweep->multi, handle);
    sweep->in_flight++;
    return true;
}

static void finish(struct sweep *sweep, const CURLMsg *message)
{
    CURL *handle = message->easy_handle;
    sweep->requests++;
    sweep->in_flight--;
    if (message->data.result != CURLE_OK)
        sweep->failed++;
    curl_multi_remove_handle(sweep->multi, handle);
    if (!start_next(sweep, handle))
        curl_easy_cleanup(handle);
}

static void run(struct sweep *sweep)
{
    while (sweep->in_flight > 0) {
        int running, waiting;
        curl_multi_perform(sweep->multi, &running);
        bool finished = false;
        for (CURLMsg *message; (message = curl_multi_info_read(sweep->multi, &waiting)) != NULL; finished = true)
            finish(sweep, message);
        if (!finished)
            curl_multi_poll(sweep->multi, NULL, 0, 1000, NULL);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bare_fetch CA_FILE PORT CONCURRENT < LIST\n");
        return EXIT_FAILURE;
    }
    char everything[64];
    snprintf(everything, sizeof everything, "::127.0.0.1:%s", argv[2]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct sweep sweep = {
        .multi = curl_multi_init(), .connect_to = curl_slist_append(NULL, everything), .ca_file = argv[1]};
    double started = seconds_now();
    for (int i = atoi(argv[3]); i > 0; i--) {
        CURL *handle = curl_easy_init();
        if (!start_next(&sweep, handle))
            curl_easy_cleanup(handle);
    }
    run(&sweep);
    printf("%lu %.3f %zu %lu\n", sweep.requests, seconds_now() - started, sweep.bytes, sweep.failed);
    curl_multi_cleanup(sweep.multi);
    curl_slist_free_all(sweep.connect_to);
    curl_global_cleanup();
    return sweep.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
