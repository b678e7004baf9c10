/* file_kind_test.c: files known by their bytes, whatever they are called; names that can do no harm. */
#include "../../../tenants/file_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#define BYTES(text) (text), sizeof(text) - 1
#define PNG_HEAD "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\6\0\0\0\x1f\x15\xc4\x89"
#define PNG_END "\0\0\0\0IEND\xae\x42\x60\x82"
#define JPEG_HEAD "\xFF\xD8\xFF\xE0\0\4JF\xFF\xFF\xC0\0\3x\xFF\xDA\0\4ab"
#define WEBP "RIFF\x14\0\0\0WEBPVP8 \x08\0\0\0........"

static void assert_outcome(const char *bytes, size_t length, const char *kind, const char *code)
{
    const char *found = NULL;
    const char *told = file_kind_sniff(bytes, length, &found);

    if (code != NULL ? told == NULL || strcmp(told, code) != 0 : told != NULL || strcmp(found, kind) != 0)
        fail_msg("%.20s: %s instead of %s", bytes, told == NULL ? found : told, code == NULL ? kind : code);
}

static void sound_files_are_known(void **state)
{
    (void)state;
    assert_outcome(BYTES(PNG_HEAD PNG_END), "png", NULL);
    assert_outcome(BYTES(PNG_HEAD "\0\0\0\3tEXtabcdefg" PNG_END), "png", NULL);
    assert_outcome(BYTES(JPEG_HEAD "scan\xFF\xD9"), "jpeg", NULL);
    assert_outcome(BYTES(WEBP), "webp", NULL);
    assert_outcome(BYTES("RIFF\x0c\0\0\0WEBPVP8X\0\0\0\0"), "webp", NULL);
    assert_outcome(BYTES("%PDF-1.4\n1 0 obj\n%%EOF"), "pdf", NULL);
    assert_outcome(BYTES("\xEF\xBB\xBF\r\n %PDF-2.0\n%%EOF\r\n"), "pdf", NULL);
}

/* What stands behind a picture stays a part of a picture: nobody is told that it is anything else. */
static void polyglots_are_what_they_begin_with(void **state)
{
    (void)state;
    assert_outcome(BYTES(PNG_HEAD PNG_END "<script>alert(1)</script>"), "png", NULL);
    assert_outcome(BYTES(JPEG_HEAD "\xFF\xD9%PDF-1.7\n%%EOF"), "jpeg", NULL);
    assert_outcome(BYTES("%PDF-1.7\n<html><script>\n%%EOF PK\3\4"), "pdf", NULL);
    assert_outcome(BYTES(WEBP "<svg/>"), "webp", NULL);
}

static void others_are_unknown(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "%",
        "%PDF",
        "%PDF-3.0\n%%EOF",
        "GIF89a",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        "<!doctype html><title>x</title>",
        "junk %PDF-1.7\n%%EOF",
        "MZ\x90 %PDF-1.7 %%EOF",
        "\xFF\xD8",
        "RIFF....WAVE",
        "\x89PNG\r\n",
        "PK\x03\x04word/document.xml",
        "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "....ftypheic",
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_outcome(others[i], strlen(others[i]), NULL, "file_kind_unknown");
    assert_outcome(BYTES("\0\0\0\0%PDF-1.7 %%EOF"), NULL, "file_kind_unknown");
}

/* Every beginning of a sound file is either unknown or broken, and read without reaching beyond it. */
static void cut_files_are_never_sound(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } whole[] = {{BYTES(PNG_HEAD "\0\0\0\3tEXtabcdefg" PNG_END)},
                 {BYTES(JPEG_HEAD "scan\xFF\xD9")},
                 {BYTES(WEBP)},
                 {BYTES("%PDF-1.4\n1 0 obj\n%%EOF")}};

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        for (size_t length = 0; length < whole[i].length; length++) {
            const char *kind;
            char *exact = pool_copy_length(pool, whole[i].bytes, length);
            if (file_kind_sniff(exact, length, &kind) == NULL)
                fail_msg("%zu of %zu bytes of %zu are taken", length, whole[i].length, i);
        }
}

static void frames_that_lie_are_broken(void **state)
{
    (void)state;
    assert_outcome(BYTES("\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82"), NULL, "file_broken");
    assert_outcome(BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIDAT\0\0\0\1\0\0\0\1\b\6\0\0\0...." PNG_END), NULL, "file_broken");
    assert_outcome(BYTES(PNG_HEAD "\xFF\xFF\xFF\xFFtEXt...." PNG_END), NULL, "file_broken");
    assert_outcome(BYTES("\xFF\xD8\xFF\xE0\0\1.\xFF\xDA\0\2\xFF\xD9"), NULL, "file_broken");
    assert_outcome(BYTES("\xFF\xD8\xFF\xE0\xFF\xFFxx\xFF\xD9"), NULL, "file_broken");
    assert_outcome(BYTES("\xFF\xD8\xFF\xE0\0\4xxno marker\xFF\xD9"), NULL, "file_broken");
    assert_outcome(BYTES("RIFF\xff\xff\xff\xffWEBPVP8 \0\0\0\0"), NULL, "file_broken");
    assert_outcome(BYTES("RIFF\x04\0\0\0WEBPVP8 \0\0\0\0"), NULL, "file_broken");
    assert_outcome(BYTES("RIFF\x0c\0\0\0WEBPABCD\0\0\0\0"), NULL, "file_broken");
    assert_outcome(BYTES("RIFF\x0c\0\0\0WEBPVP8 \xff\0\0\0"), NULL, "file_broken");
}

static void names_become_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *given, *kept;
    } names[] = {
        {"pdf", "Приказ № 7.pdf", "Приказ № 7.pdf"},
        {"pdf", "a.PDF", "a.PDF"},
        {"jpeg", "a.JPEG", "a.JPEG"},
        {"jpeg", "a.png", "a.png.jpg"},
        {"png", "page.html", "page.html.png"},
        {"pdf", "report.bat", "report.bat.pdf"},
        {"pdf", "../../etc/passwd", "passwd.pdf"},
        {"pdf", "C:\\Users\\a\\b.pdf", "b.pdf"},
        {"pdf", "a/", "file.pdf"},
        {"pdf", "", "file.pdf"},
        {"webp", "...", "file.webp"},
        {"pdf", ".pdf", "pdf.pdf"},
        {"pdf", " . a.pdf. . ", "a.pdf"},
        {"pdf",
         "a\xE2\x80\xAE"
         "fdp.exe",
         "afdp.exe.pdf"},
        {"pdf",
         "\xEF\xBB\xBF"
         "a\xE2\x80\x8B\xC2\xAD\xD8\x9C\xE1\xA0\x8E\xE2\x81\xA6"
         "b.pdf",
         "ab.pdf"},
        {"pdf", "a\r\nSet-Cookie: b.pdf", "a Set-Cookie_ b.pdf"},
        {"png", "<a>:\"b|c?*.png", "_a___b_c__.png"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(file_kind_name(pool, names[i].kind, names[i].given), names[i].kept);
}

static void long_names_keep_their_end(void **state)
{
    (void)state;
    char name[2 * 200 + 5] = {0};
    char *at = name;

    for (int i = 0; i < 200; i++)
        at = stpcpy(at, "\xD1\x8F");
    const char *kept = file_kind_name(pool, "pdf", name);
    assert_int_equal(strlen(kept), 2 * 196 + 4);
    assert_string_equal(kept + strlen(kept) - 4, ".pdf");
}

static void dispositions_hold_any_name(void **state)
{
    (void)state;
    assert_string_equal(file_kind_disposition(pool, "png", "a.png"),
                        "inline; filename=\"a.png\"; filename*=UTF-8''a.png");
    assert_string_equal(file_kind_disposition(pool, "pdf", "\xD1\x8F \"1'.pdf"),
                        "attachment; filename=\"___1_.pdf\"; filename*=UTF-8''%D1%8F%20%221%27.pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sound_files_are_known),     TEST(polyglots_are_what_they_begin_with), TEST(others_are_unknown),
        TEST(cut_files_are_never_sound), TEST(frames_that_lie_are_broken),         TEST(names_become_harmless),
        TEST(long_names_keep_their_end), TEST(dispositions_hold_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
