/* password_test.c: which passwords are refused, and how the queue of threads answers, forgets and fills up. */
#include "veha/password.h"
#include "veha/process.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static const char good[] = "Xk29-fjw-Qpz1";

static const struct {
    const char *password;
    const char *code; /* NULL: it will do */
} examples[] = {
    {good, NULL},
    {"correct horse battery staple", NULL},
    {"Лиловый трактор жуёт 7 подков", NULL},
    {"дождь🌧лужа🌧зонт🌧сухо", NULL},
    {"密码很长而且没有人会猜到它", NULL},
    {"Zz7-Щука-нырнула-4x", NULL},

    {"", "password_short"},
    {"Xk29-fjw-Qp", "password_short"},
    {"Щука-42-Жук", "password_short"},
    {"\xff\xfe-not-utf8-at-all", "not_utf8"},

    {"password1234", "password_common"},
    {"passwordpassword", "password_common"},
    {"P@ssw0rd1234", "password_common"},
    {"administrator", "password_common"},
    {"qwertyuiop123", "password_common"},
    {"qwertyuiop[]", "password_common"},
    {"1qaz2wsx3edc", "password_common"},
    {"123456789012", "password_common"},
    {"aaaaaaaaaaaaaaaa", "password_common"},
    {"abcabcabcabcabc", "password_common"},
    {"electrification2024", "password_common"},
    {"internationalization", "password_common"},

    {"йцукенгшщзхъ", "password_common"},
    {"ЙЦУКЕНГШЩЗХЪ", "password_common"},
    {"фывапролджэ1", "password_common"},
    {"приветпривет", "password_common"},
    {"Привет123456", "password_common"},
    {"пароль123456", "password_common"},
    {"Парольпароль1", "password_common"},
    {"gfhjkmgfhjkm", "password_common"},
    {"ghbdtn123456", "password_common"},
    {"администратор", "password_common"},
    {"Администратор1", "password_common"},
    {"электрификация", "password_common"},
    {"достопримечательность2024", "password_common"},
    {"аааааааааааааа", "password_common"},
    {"абвгдеёжзийк", "password_common"},
    {"абвгдежзийкл", "password_common"},
};

static void every_example_has_its_outcome(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const char *seen = password_weakness(examples[i].password);
        if (seen != examples[i].code &&
            (seen == NULL || examples[i].code == NULL || strcmp(seen, examples[i].code) != 0)) {
            print_message("# %s: %s\n", examples[i].password, seen == NULL ? "taken" : seen);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Lengths count what people type, not bytes: 12 and 128 of any letters. */
static void length_is_of_code_points(void **state)
{
    (void)state;
    static const char phrase[] = "ЩукаНырнулаГлубокоВОмут7Раз";
    char text[2 * 140 + 1] = "";
    while (strlen(text) + 2 <= 2 * 128) {
        const char *letter = strstr(phrase, "Щ") + (strlen(text) * 7 / 2 % 23) * 2;
        strncat(text, letter, 2);
    }
    assert_ptr_equal(password_weakness(text), NULL);
    strcat(text, "Щ");
    assert_string_equal(password_weakness(text), "password_long");
}

static void hash_says_how_it_was_made(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *one = password_hash(pool, good), *two = password_hash(pool, good);
    assert_memory_equal(one, "$argon2id$v=19$m=65536,t=2,p=1$", 31);
    assert_string_not_equal(one, two);
    pool_free(pool);
}

/* ------------------------------------------------------------------------------------------------------------------ */

struct answer {
    int calls;
    bool right;
};

static void on_answer(void *data, bool right)
{
    struct answer *answer = data;
    answer->calls++;
    answer->right = right;
}

static void wait_for_answer(struct password_queue *queue, const struct answer *answer)
{
    struct pollfd watched = {.fd = password_queue_descriptor(queue), .events = POLLIN};
    while (answer->calls == 0) {
        assert_int_equal(poll(&watched, 1, 60000), 1);
        password_queue_step(queue);
    }
}

static bool answer_to(struct password_queue *queue, const char *password, const char *hash)
{
    struct answer answer = {0};
    assert_non_null(password_verify(queue, password, hash, on_answer, &answer));
    assert_int_equal(answer.calls, 0);
    wait_for_answer(queue, &answer);
    assert_int_equal(answer.calls, 1);
    return answer.right;
}

static void queue_tells_right_from_wrong(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct password_queue *queue = password_queue_new();
    const char *hash = password_hash(pool, good);
    assert_true(answer_to(queue, good, hash));
    assert_false(answer_to(queue, "Xk29-fjw-Qpz2", hash));
    assert_false(answer_to(queue, "", hash));
    assert_false(answer_to(queue, good, "no hash at all"));
    assert_false(answer_to(queue, good, NULL));
    password_queue_free(queue);
    pool_free(pool);
}

static void on_made(void *data, const char *hash)
{
    struct answer *answer = data;
    answer->calls++;
    answer->right = crypto_pwhash_str_verify(hash, good, strlen(good)) == 0;
}

static void queue_makes_hashes(void **state)
{
    (void)state;
    struct answer answer = {0}, forgotten = {0};
    struct password_queue *queue = password_queue_new();
    struct password_ticket *ticket = password_make(queue, good, on_made, &forgotten);
    assert_non_null(password_make(queue, good, on_made, &answer));
    password_forget(ticket);
    wait_for_answer(queue, &answer);
    assert_true(answer.right);
    assert_int_equal(forgotten.calls, 0);
    password_queue_free(queue);
}

/* The threads of this process that run at lower priority than the first, and how many there are at all. */
static unsigned count_threads(unsigned *slower)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;
    *slower = 0;
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        *slower += getpriority(PRIO_PROCESS, (id_t)atoi(entry->d_name)) >= 10;
    }
    closedir(tasks);
    return count;
}

/* A thread that was joined stands in /proc for a moment still. */
static unsigned count_settled_threads(void)
{
    unsigned slower, count = count_threads(&slower);
    for (unsigned equal = 0, now; equal < 5; equal = now == count ? equal + 1 : 0, count = now) {
        usleep(5000);
        now = count_threads(&slower);
    }
    return count;
}

static void few_threads_hash_at_low_priority(void **state)
{
    (void)state;
    unsigned half = process_cores() / 2, most = half < 1 ? 1 : half > 4 ? 4 : half;
    unsigned slower = 0, before = count_settled_threads();
    struct password_queue *queue = password_queue_new();
    struct answer answer = {0};
    assert_int_equal(count_threads(&slower), before);
    for (int i = 0; i < 8; i++)
        password_verify(queue, good, NULL, on_answer, &answer);
    wait_for_answer(queue, &answer);
    assert_int_equal(count_threads(&slower), before + most);
    assert_int_equal(slower, most);
    password_queue_free(queue);
}

static void forgotten_tickets_are_not_answered(void **state)
{
    (void)state;
    struct answer forgotten[6] = {0}, last = {0};
    struct password_ticket *tickets[6];
    struct password_queue *queue = password_queue_new();
    for (size_t i = 0; i < 6; i++)
        tickets[i] = password_verify(queue, good, NULL, on_answer, &forgotten[i]);
    assert_non_null(password_verify(queue, good, NULL, on_answer, &last));
    static const size_t order[] = {5, 0, 3, 1, 4, 2};
    for (size_t i = 0; i < 6; i++)
        password_forget(tickets[order[i]]);
    wait_for_answer(queue, &last);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(forgotten[i].calls, 0);
    password_queue_free(queue);
}

static void full_queue_refuses_and_frees_what_waits(void **state)
{
    (void)state;
    struct answer answer = {0};
    struct password_queue *queue = password_queue_new();
    size_t taken = 0;
    while (taken < 1000 && password_verify(queue, good, NULL, on_answer, &answer) != NULL)
        taken++;
    assert_in_range(taken, 64, 64 + 8);
    password_queue_free(queue);
    assert_int_equal(answer.calls, 0);
}

/* A worker process killed while it hashes must not take its slot with it. */
static void killed_worker_gives_its_slot_back(void **state)
{
    (void)state;
    password_prepare();
    for (int i = 0; i < 4; i++) {
        int pipe_ends[2];
        assert_int_equal(pipe(pipe_ends), 0);
        pid_t worker = fork();
        if (worker == 0) {
            struct answer answer = {0};
            struct password_queue *queue = password_queue_new();
            for (int hashes = 0; hashes < 60; hashes++)
                password_verify(queue, good, NULL, on_answer, &answer);
            wait_for_answer(queue, &answer); /* one is finished, the others are under way */
            (void)!write(pipe_ends[1], "x", 1);
            pause();
        }
        char byte;
        assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
        kill(worker, SIGKILL);
        waitpid(worker, NULL, 0);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
    }
    struct password_queue *queue = password_queue_new();
    assert_false(answer_to(queue, good, NULL));
    assert_false(answer_to(queue, good, NULL));
    password_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_outcome),      cmocka_unit_test(length_is_of_code_points),
        cmocka_unit_test(hash_says_how_it_was_made),          cmocka_unit_test(queue_tells_right_from_wrong),
        cmocka_unit_test(forgotten_tickets_are_not_answered), cmocka_unit_test(full_queue_refuses_and_frees_what_waits),
        cmocka_unit_test(killed_worker_gives_its_slot_back),  cmocka_unit_test(queue_makes_hashes),
        cmocka_unit_test(few_threads_hash_at_low_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
