/* letter_test.c: what a letter is on the wire: addresses, header fields that nobody's words can end, and bodies that
 * any server carries. */
#include "veha/text.h"

#include "tenants/notify/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static struct pool *pool;

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static const struct letter plain = {.message = "0a-1b",
                                    .from = "veha@region.example",
                                    .to = "anna@school.example",
                                    .subject = "Hello",
                                    .text = "One\nTwo\n",
                                    .locale = "en",
                                    .at = 1772355600};

static const char *write_letter(const struct letter *letter)
{
    size_t length = 0;
    const char *bytes = letter_write(pool, letter, &length);
    assert_int_equal(length, strlen(bytes));
    return bytes;
}

static void a_letter_has_its_fields(void **state)
{
    (void)state;
    assert_string_equal(write_letter(&plain), "Date: Sun, 01 Mar 2026 09:00:00 +0000\r\n"
                                              "From: veha@region.example\r\n"
                                              "To: anna@school.example\r\n"
                                              "Subject: Hello\r\n"
                                              "Message-ID: <0a-1b@region.example>\r\n"
                                              "Auto-Submitted: auto-generated\r\n"
                                              "MIME-Version: 1.0\r\n"
                                              "Content-Language: en\r\n"
                                              "Content-Type: text/plain; charset=utf-8\r\n"
                                              "Content-Transfer-Encoding: quoted-printable\r\n"
                                              "\r\n"
                                              "One\r\nTwo\r\n");
}

static void other_letters_are_encoded(void **state)
{
    (void)state;
    struct letter letter = plain;
    letter.subject = "Шаг";
    letter.from_name = "Веха";
    letter.to_name = "Анна";
    const char *bytes = write_letter(&letter);
    assert_non_null(strstr(bytes, "\r\nSubject: =?UTF-8?B?0KjQsNCz?=\r\n"));
    assert_non_null(strstr(bytes, "\r\nFrom: =?UTF-8?B?0JLQtdGF0LA=?=\r\n <veha@region.example>\r\n"));
    assert_non_null(strstr(bytes, "\r\nTo: =?UTF-8?B?0JDQvdC90LA=?=\r\n <anna@school.example>\r\n"));
}

/* Nobody's words begin a field, in whichever place they stand. */
static void no_value_ends_its_field(void **state)
{
    (void)state;
    static const char *const evil[] = {"a\r\nBcc: b@c.example",
                                       "a\nBcc: b@c.example",
                                       "a\rBcc: b@c.example",
                                       "\r\n\r\nBcc: b@c.example",
                                       "=?UTF-8?B?QmNj?=",
                                       "a\xc2\x85"
                                       "Bcc: b@c.example"};
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        struct letter letter = plain;
        letter.subject = letter.from_name = letter.to_name = evil[i];
        const char *bytes = write_letter(&letter);
        assert_null(strstr(bytes, "\nBcc"));
        assert_null(strstr(bytes, "\rBcc"));
        assert_null(strstr(bytes, "Subject: =?UTF-8?B?QmNj?="));
        const char *head = strstr(bytes, "\r\n\r\n");
        assert_non_null(strstr(head, "One\r\nTwo\r\n"));
        for (const char *at = bytes; at < head; at++) {
            if (*at == '\n')
                assert_int_equal(at[-1], '\r');
            if (*at == '\r')
                assert_int_equal(at[1], '\n');
        }
    }
}

static void long_words_are_folded_between_characters(void **state)
{
    (void)state;
    struct letter letter = plain;
    struct buffer subject = {0};
    for (int i = 0; i < 120; i++)
        buffer_text(&subject, "щ");
    letter.subject = subject.bytes;
    const char *bytes = write_letter(&letter);
    const char *head = strstr(bytes, "\r\n\r\n");
    for (const char *at = bytes; at < head;) {
        const char *end = strstr(at, "\r\n");
        assert_true(end - at <= 76);
        at = end + 2;
    }
    /* An encoded word of whole characters: 0xd1 0x89 begins each. */
    assert_non_null(strstr(bytes, "Subject: =?UTF-8?B?0YnRidGJ"));
    assert_non_null(strstr(bytes, "?=\r\n =?UTF-8?B?0YnRidGJ"));
    buffer_free(&subject);
}

static void a_body_goes_in_whichever_encoding_is_shorter(void **state)
{
    (void)state;
    struct letter letter = plain;
    letter.text = "Привет, это письмо составлено по-русски.\n";
    const char *bytes = write_letter(&letter);
    assert_non_null(strstr(bytes, "Content-Transfer-Encoding: base64\r\n\r\n0J/RgNC40LLQtdGC"));
    letter.text = "A caf\xc3\xa9 of two storeys with a terrace = 1 \nend";
    bytes = write_letter(&letter);
    assert_non_null(strstr(bytes, "quoted-printable\r\n\r\nA caf=C3=A9 of two storeys with a terrace =3D 1=20\r\nend\r\n"));
}

static void no_line_is_too_long(void **state)
{
    (void)state;
    struct letter letter = plain;
    struct buffer text = {0};
    for (int i = 0; i < 5000; i++)
        buffer_text(&text, i % 7 == 0 ? "=" : "a");
    letter.text = text.bytes;
    for (const char *at = write_letter(&letter); *at != '\0';) {
        const char *end = strstr(at, "\r\n");
        assert_non_null(end);
        assert_true(end - at <= 76);
        at = end + 2;
    }
    buffer_free(&text);
}

static void addresses_are_plain(void **state)
{
    (void)state;
    assert_string_equal(letter_address(pool, "Anna.B+x@School.Example"), "Anna.B+x@school.example");
    assert_string_equal(letter_address(pool, "anna@школа.рф"), "anna@xn--80atdl2c.xn--p1ai");
    static const char *const none[] = {"",
                                       "anna",
                                       "@a.example",
                                       "anna@",
                                       "a b@c.example",
                                       "a@b@c.example",
                                       ".a@b.example",
                                       "a..b@c.example",
                                       "a.@b.example",
                                       "\"a\"@b.example",
                                       "a@b.example>",
                                       "<a@b.example",
                                       "a@b.example\r\nRCPT TO:<c@d.example>",
                                       "a@b.example\n",
                                       "анна@b.example",
                                       "a@-b..example",
                                       "a@b_c.example",
                                       "a@[127.0.0.1]"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(letter_address(pool, none[i]));
}

static void senders_have_names(void **state)
{
    (void)state;
    const char *name = NULL;
    assert_string_equal(letter_sender(pool, "Веха <veha@region.example>", &name), "veha@region.example");
    assert_string_equal(name, "Веха");
    assert_string_equal(letter_sender(pool, "\"Веха, область\" <veha@region.example>", &name), "veha@region.example");
    assert_string_equal(name, "Веха, область");
    assert_string_equal(letter_sender(pool, "veha@region.example", &name), "veha@region.example");
    assert_null(name);
    assert_null(letter_sender(pool, "Веха <veha>", &name));
    assert_null(letter_sender(pool, "Веха <veha@region.example", &name));
    assert_null(letter_sender(pool, "", &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_letter_has_its_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_letters_are_encoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_value_ends_its_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_words_are_folded_between_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_goes_in_whichever_encoding_is_shorter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_line_is_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(addresses_are_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(senders_have_names, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
