/* read_test.c: the confined child, and how values are read; what answers mean is held by corpus_test. */
#include "veha/text.h"

#include "given.h"
#include "tenants/verify/confine.h"
#include "tenants/verify/look.h"

#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

/* ---- values ---- */

static const struct {
    const char *text;
    long long count; /* -1: none */
} counts[] = {
    {"2 805 members", 2805},
    {"1.49K", 1490},
    {"60K subscribers", 60000},
    {"1 subscriber", 1},
    {"1.2M", 1200000},
    {"9 767 members, 1 295 online", 9767},
    {"12,345", 12345},
    {"2\u00a0805", 2805},
    {"0", 0},
    {"2,5 тыс. подписчиков", 2500},
    {"2,5\u00a0тыс.", 2500},
    {"1,2 млн", 1200000},
    {"12 тыс.", 12000},
    {"1,49K", 1490},
    {"9 767 участников, 1 295 онлайн", 9767},
    {"2\u202f805 подписчиков", 2805},
    {"Подписчики: 321", 321},
    {"321. Всего", 321},
    {"5 members", 5},
    {"subscribers", -1},
    {"", -1},
    {"99999999999999999999999", -1},
};

static void reads_counters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_t *value = read_count(counts[i].text);
        long long actual = value == NULL ? -1 : json_integer_value(value);
        json_decref(value);
        if (actual != counts[i].count)
            fail_msg("\"%s\": %lld", counts[i].text, actual);
    }
}

static void keeps_lines_of_prose(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    json_t *prose = read_prose(pool, "  one  two \r\n\n\n three\n ");
    assert_string_equal(json_string_value(prose), "one two\nthree");
    json_decref(prose);
    pool_free(pool);
}

/* ---- the child ---- */

/* Process ids of this process's children. */
static pid_t find_child(void)
{
    struct pool *pool = pool_new();
    char text[64] = "";
    FILE *file = fopen(pool_print(pool, "/proc/self/task/%d/children", (int)getpid()), "re");
    pid_t child = 0;
    if (file != NULL && fgets(text, sizeof text, file) != NULL)
        child = (pid_t)strtol(text, NULL, 10);
    if (file != NULL)
        fclose(file);
    pool_free(pool);
    return child;
}

static json_t *extract(const char *html)
{
    return reader_extract(reader, network_find(networks, "site"), html, strlen(html));
}

static const char page[] = "<html><body><a href='https://vk.com/club1'>x</a></body></html>";

static bool reads_page(void)
{
    json_t *result = extract(page);
    bool read = json_array_size(json_object_get(result, "links")) == 1;
    json_decref(result);
    return read;
}

static void a_killed_child_is_replaced(void **state)
{
    (void)state;
    assert_true(reads_page());
    pid_t child = find_child();
    assert_true(child > 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    json_t *result = extract(page);
    assert_string_equal(json_string_value(json_object_get(result, "fault")), "reader_died");
    json_decref(result);
    assert_true(reads_page());
    assert_true(find_child() != child);
}

/* systemd and a terminal ask all processes of the service to end; the parent still has looks to finish. */
static void the_child_outlives_what_asks_its_parent_to_end(void **state)
{
    (void)state;
    assert_true(reads_page());
    pid_t child = find_child();
    assert_int_equal(kill(child, SIGTERM), 0);
    assert_int_equal(kill(child, SIGINT), 0);
    assert_true(reads_page());
    assert_int_equal(find_child(), child);
}

static void a_child_is_replaced_after_its_share(void **state)
{
    (void)state;
    assert_true(reads_page());
    pid_t first = find_child();
    for (int i = 0; i < 300; i++)
        assert_true(reads_page());
    assert_true(find_child() != first);
}

/* How many descriptors the process holds; 0 when nobody but root may look. */
static unsigned count_descriptors(pid_t process)
{
    struct pool *pool = pool_new();
    unsigned count = 0;
    DIR *folder = opendir(pool_print(pool, "/proc/%d/fd", (int)process));
    assert_true(folder != NULL || (errno == EACCES && geteuid() != 0));
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    pool_free(pool);
    return count;
}

/* Seccomp 2 is a filter; one descriptor is the socket, which root alone can see: the child gives nothing to others of
 * its user. */
/* A verifier that holds much forks a child that seems to hold as much. */
static void a_child_of_a_large_parent_has_room(void **state)
{
    (void)state;
    const size_t much = (size_t)2 << 30;
    void *held = mmap(NULL, much, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(held != MAP_FAILED);
    assert_true(reads_page());
    pid_t first = find_child();
    for (int i = 0; find_child() == first; i++)
        assert_true(i < 300 && reads_page());
    munmap(held, much);
}

static void the_child_is_confined(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_true(reads_page());
    pid_t child = find_child();
    char line[256];
    bool filtered = false;
    FILE *file = fopen(pool_print(pool, "/proc/%d/status", (int)child), "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        filtered = filtered || strncmp(line, "Seccomp:\t2", 10) == 0;
    fclose(file);
    assert_true(filtered);
#ifndef VEHA_SANITIZE
    assert_int_equal(count_descriptors(child), geteuid() == 0 ? 1 : 0);
#else
    assert_true(count_descriptors(child) <= 4); /* standard error stays open for a report */
#endif
    pool_free(pool);
}

static void a_page_beyond_all_bounds_is_refused(void **state)
{
    (void)state;
    size_t length = (4U << 20) + 1;
    char *html = calloc(length + 1, 1);
    assert_non_null(html);
    memset(html, ' ', length);
    json_t *result = reader_extract(reader, network_find(networks, "site"), html, length);
    assert_string_equal(json_string_value(json_object_get(result, "fault")), "page_too_large");
    json_decref(result);
    free(html);
    assert_true(reads_page());
}

/* 300,000 line breaks: much memory, and still an answer. */
static void many_elements_are_read(void **state)
{
    (void)state;
    struct buffer html = {0};
    buffer_text(&html, "<html><body>");
    for (int i = 0; i < 300000; i++)
        buffer_text(&html, "<br>");
    buffer_text(&html, "<a href='https://vk.com/club1'>x</a>");
    json_t *result = reader_extract(reader, network_find(networks, "site"), html.bytes, html.length);
    assert_int_equal(json_array_size(json_object_get(result, "links")), 1);
    json_decref(result);
    buffer_free(&html);
}

/* ---- a look ---- */

/* A token of ours never stands in an address, which is recorded. */
static void a_token_travels_in_the_body_only(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    static const struct look_setting settings[] = {
        {"vk", "token", "very&secret"}, {"vk", "api", "https://api.vk.com/method"}, {0}};
    const struct look_tools tools = {.networks = networks, .reader = reader, .settings = settings};
    struct look *look = look_new(pool, &tools, network_find(networks, "vk"), "club217749639");
    struct look_request request;
    assert_true(look_next(look, &request));
    assert_string_equal(request.url, "https://api.vk.com/method/groups.getById");
    assert_null(strstr(request.form, "secret")); /* whoever carries the request adds it to the form */
    assert_string_equal(request.token, "access_token");
    assert_string_equal(request.join, "group_ids");
    assert_string_equal(request.id, "217749639");
    const struct answer answer = {.fault = "timeout"};
    look_answer(look, &answer, NULL);
    assert_string_equal(reading_state(look_reading(look)), "unreachable");
    assert_false(look_next(look, &request));
    pool_free(pool);
}

static void a_quota_asks_for_a_pause_and_a_bad_token_for_the_operator(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int pause;
        bool alarm;
    } errors[] = {
        {"{\"error\":{\"error_code\":29}}", 1800, false},
        {"{\"error\":{\"error_code\":6}}", 2, false},
        {"{\"error\":{\"error_code\":28}}", 0, true},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct pool *pool = pool_new();
        static const struct look_setting settings[] = {
            {"vk", "token", "t"}, {"vk", "api", "https://api.vk.com/method"}, {0}};
        const struct look_tools tools = {.networks = networks, .reader = reader, .settings = settings};
        struct look *look = look_new(pool, &tools, network_find(networks, "vk"), "school");
        struct look_request request;
        const struct answer answer = {
            .status = 200, .url = "https://api.vk.com", .bytes = errors[i].body, .length = strlen(errors[i].body)};
        assert_true(look_next(look, &request));
        look_answer(look, &answer, NULL);
        assert_int_equal(look_pause(look), errors[i].pause);
        assert_int_equal(look_alarm(look), errors[i].alarm);
        pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_counters),
        cmocka_unit_test(keeps_lines_of_prose),
        cmocka_unit_test(a_killed_child_is_replaced),
        cmocka_unit_test(the_child_outlives_what_asks_its_parent_to_end),
        cmocka_unit_test(a_child_is_replaced_after_its_share),
        cmocka_unit_test(a_child_of_a_large_parent_has_room),
        cmocka_unit_test(the_child_is_confined),
        cmocka_unit_test(a_page_beyond_all_bounds_is_refused),
        cmocka_unit_test(many_elements_are_read),
        cmocka_unit_test(a_token_travels_in_the_body_only),
        cmocka_unit_test(a_quota_asks_for_a_pause_and_a_bad_token_for_the_operator),
    };
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
