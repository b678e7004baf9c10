/* process_test.c: a master that keeps its children, and ends them with or without their help. */
#include "veha/clock.h"
#include "veha/log.h"
#include "veha/process.h"

#include "scratch.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* Children write one byte for each thing that happens to them; the test reads it as a story. */
static int story[2];

static void tell(char what)
{
    assert_int_equal(write(story[1], &what, 1), 1);
}

static char heard(void)
{
    struct pollfd poll_story = {.fd = story[0], .events = POLLIN};
    char what = '?';
    if (poll(&poll_story, 1, 10000) != 1 || read(story[0], &what, 1) != 1)
        fail_msg("nothing happened for 10 s");
    return what;
}

static int set_up(void **state)
{
    (void)state;
    log_open("test", LOG_LEVEL_ERROR);
    return pipe(story) + scratch_make(state);
}

static int tear_down(void **state)
{
    close(story[0]);
    close(story[1]);
    return scratch_remove(state);
}

/* A master in a process of its own. */
static pid_t start_master(unsigned count, process_work *work, unsigned grace_ms)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(process_keep(count, work, NULL, grace_ms));
    return pid;
}

static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void wait_for_stop(int stop)
{
    struct pollfd poll_stop = {.fd = stop, .events = POLLIN};
    while (poll(&poll_stop, 1, -1) != 1)
        continue;
}

static int drain(unsigned number, int stop, void *data)
{
    (void)data;
    tell((char)('a' + number));
    wait_for_stop(stop);
    tell('.');
    return 0;
}

static void test_children_drain_when_the_master_is_asked(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        pid_t master = start_master(2, drain, 10000);
        char first = heard(), second = heard();
        assert_int_equal(first + second, 'a' + 'b');
        kill(master, signals[i]);
        assert_int_equal(heard(), '.');
        assert_int_equal(heard(), '.');
        assert_int_equal(end_of(master), 0);
    }
}

/* Dies twice; lives the third time. */
static int die_twice(unsigned number, int stop, void *data)
{
    (void)number, (void)data;
    char path[256];
    snprintf(path, sizeof path, "%s/lives", scratch_folder);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    off_t lives = lseek(file, 0, SEEK_END);
    if (write(file, "x", 1) != 1)
        return 1;
    close(file);
    tell((char)('1' + lives));
    if (lives == 0)
        return 0;
    if (lives == 1)
        raise(SIGKILL);
    wait_for_stop(stop);
    return 0;
}

static void test_children_that_die_are_started_again(void **state)
{
    (void)state;
    scratch_listen();
    pid_t master = start_master(1, die_twice, 10000);
    assert_int_equal(heard(), '1');
    assert_int_equal(heard(), '2');
    assert_int_equal(heard(), '3');
    kill(master, SIGTERM);
    assert_int_equal(end_of(master), 0);
    const char *printed = scratch_printed();
    assert_non_null(strstr(printed, "child_died number=0"));
    assert_non_null(strstr(printed, "signal=9"));
}

static int ignore_stop(unsigned number, int stop, void *data)
{
    (void)number, (void)stop, (void)data;
    tell('i');
    for (;;)
        pause();
    return 0;
}

static void test_children_that_do_not_listen_are_killed(void **state)
{
    (void)state;
    scratch_listen();
    pid_t master = start_master(1, ignore_stop, 50);
    assert_int_equal(heard(), 'i');
    kill(master, SIGTERM);
    assert_int_equal(end_of(master), 1);
    scratch_printed();
}

static void test_asked_twice_the_master_does_not_wait(void **state)
{
    (void)state;
    scratch_listen();
    pid_t master = start_master(1, ignore_stop, 600000);
    assert_int_equal(heard(), 'i');
    kill(master, SIGTERM);
    kill(master, SIGINT);
    assert_int_equal(end_of(master), 1);
    scratch_printed();
}

/* Also a signal for the whole group leaves a child alone; only its master stops it. */
static int hang_up(unsigned number, int stop, void *data)
{
    (void)number, (void)data;
    int signals = process_signals((const int[]){SIGHUP, 0});
    raise(SIGTERM);
    raise(SIGINT);
    tell('s');
    struct pollfd both[] = {{.fd = signals, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    while (poll(both, 2, -1) >= 0 && !(both[1].revents & (POLLIN | POLLHUP)))
        if (process_signal_read(signals) == SIGHUP)
            tell('h');
    return process_signal_read(signals);
}

static void test_hangup_is_passed_on(void **state)
{
    (void)state;
    pid_t master = start_master(1, hang_up, 10000);
    assert_int_equal(heard(), 's');
    kill(master, SIGHUP);
    assert_int_equal(heard(), 'h');
    kill(master, SIGTERM);
    assert_int_equal(end_of(master), 0);
}

/* Dies of the first SIGHUP; its successor, which began with what the master read long ago, is told as well. */
static int die_of_hangup(unsigned number, int stop, void *data)
{
    char path[256];
    snprintf(path, sizeof path, "%s/lived", scratch_folder);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return hang_up(number, stop, data);
    close(file);
    struct pollfd asked = {.fd = process_signals((const int[]){SIGHUP, 0}), .events = POLLIN};
    tell('1');
    poll(&asked, 1, -1);
    return 1;
}

static void test_a_child_started_after_a_hangup_hears_of_it(void **state)
{
    (void)state;
    scratch_listen();
    pid_t master = start_master(1, die_of_hangup, 10000);
    assert_int_equal(heard(), '1');
    kill(master, SIGHUP);
    assert_int_equal(heard(), 's');
    assert_int_equal(heard(), 'h');
    kill(master, SIGTERM);
    assert_int_equal(end_of(master), 0);
    scratch_printed();
}

static void test_children_drain_when_the_master_is_gone(void **state)
{
    (void)state;
    pid_t master = start_master(1, drain, 10000);
    assert_int_equal(heard(), 'a');
    kill(master, SIGKILL);
    assert_int_equal(heard(), '.');
    int status;
    assert_int_equal(waitpid(master, &status, 0), master);
}

static void test_cores(void **state)
{
    (void)state;
    assert_true(process_cores() >= 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_children_drain_when_the_master_is_asked),
        TEST(test_children_that_die_are_started_again),
        TEST(test_children_that_do_not_listen_are_killed),
        TEST(test_asked_twice_the_master_does_not_wait),
        TEST(test_hangup_is_passed_on),
        TEST(test_a_child_started_after_a_hangup_hears_of_it),
        TEST(test_children_drain_when_the_master_is_gone),
        cmocka_unit_test(test_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
