/* framing_test.c: heads of HTTP/1 requests that every reader frames alike, and heads that two could frame in two ways.
 */
#include "server/web/framing.h"
#include "test.h"

#include <string.h>

#define LINE "GET / HTTP/1.1\r\n"
#define HOST "host: localhost\r\n"

static void sound_heads_pass(void **state)
{
    (void)state;
    static const char *const sound[] = {
        LINE HOST "\r\n",
        LINE "accept: */*\r\nHOST: localhost\r\n\r\n",
        LINE HOST "content-length: 5\r\n\r\nhello",
        LINE HOST "transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        LINE HOST "x-empty:\r\n\r\nbody: with\ntransfer-encoding: in it\n",
    };

    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        if (!framing_sound(sound[i], strlen(sound[i])))
            fail_msg("refused: %s", sound[i]);
}

static void ambiguous_heads_do_not(void **state)
{
    (void)state;
    static const char *const unsound[] = {
        "",
        "\r\n",
        LINE,
        LINE "\r\n",
        LINE HOST,
        LINE HOST HOST "\r\n",
        LINE HOST "content-length: 5\r\ncontent-length: 5\r\n\r\n",
        LINE HOST "Content-Length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        LINE HOST "transfer-encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
        "GET / HTTP/1.1\n" HOST "\r\n",
        LINE "host: localhost\n\r\n",
        LINE HOST "\n",
        LINE HOST " folded: yes\r\n\r\n",
        LINE HOST "\tfolded: yes\r\n\r\n",
        LINE HOST "spaced : yes\r\n\r\n",
        LINE HOST ": nameless\r\n\r\n",
        LINE HOST "no colon\r\n\r\n",
        LINE HOST "a: b\rc\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++)
        if (framing_sound(unsound[i], strlen(unsound[i])))
            fail_msg("passed: %s", unsound[i]);
    assert_false(framing_sound(LINE HOST "a: \0b\r\n\r\n", sizeof LINE HOST "a: \0b\r\n\r\n" - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sound_heads_pass),
        TEST(ambiguous_heads_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
