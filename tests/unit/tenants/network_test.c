/* network_test.c: spellings of addresses as people write them, and what each of them is. */
#include "veha/network.h"
#include "veha/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

static struct network_set *networks;

static int load_networks(void **state)
{
    (void)state;
    networks = network_load("templates/networks");
    return networks == NULL ? -1 : 0;
}

static int free_networks(void **state)
{
    (void)state;
    network_set_free(networks);
    return 0;
}

/* A spelling, and the account it names ("vk club1") or the code of its refusal. */
struct spelling {
    const char *wanted; /* NULL: any */
    const char *text;
    const char *outcome;
};

static const struct spelling spellings[] = {
    /* one community, many spellings */
    {NULL, "https://vk.com/club1", "vk club1"},
    {NULL, "vk.com/public1", "vk club1"},
    {NULL, "https://m.vk.com/club1?from=x", "vk club1"},
    {NULL, "HTTPS://VK.COM/EVENT1", "vk club1"},
    {NULL, "http://www.vk.ru/public1/", "vk club1"},
    {NULL, "vkontakte.ru/club1#top", "vk club1"},
    {NULL, "https://vk.com/club1?w=wall-1_2%2Fall", "vk club1"},
    {NULL, "vk.com//club1", "vk club1"},
    {NULL, "vk.com/club1.", "vk club1"},
    {NULL, "«vk.com/club1»,", "vk club1"},
    {NULL, "ｈｔｔｐｓ：／／ｖｋ．ｃｏｍ／ｃｌｕｂ１", "vk club1"},
    {NULL, "vk\u3002com/club1", "vk club1"},
    {NULL, "https: //vk.com/ club1", "vk club1"},
    {NULL, "http:// school.ru", "site school.ru"},
    {NULL, "school.ru/ vk.com/club1", "address_unreadable"}, /* two */
    {NULL, "https//vk.com/club1", "vk club1"},
    {NULL, "htpp://vk.com/club1", "vk club1"},
    {NULL, "http:/vk.com/club1", "vk club1"},
    {NULL, "vk.com./club1", "vk club1"},
    {NULL, "Группа ВК: https://vk.com/club1", "vk club1"},
    {NULL, "vk.com/\u200bclub1", "vk club1"},
    {NULL, "//vk.com/club1", "vk club1"},
    {NULL, "https://vk.com:443/club1", "vk club1"},
    {"vk", "1234567", "vk club1234567"},
    {"vk", "-1234567", "vk club1234567"},
    {"vk", "public1", "vk club1"},
    {"vk", "@vozmsosh2022", "vk vozmsosh2022"},
    {"vk", "VozmSosh2022", "vk vozmsosh2022"},
    {"vk", "@itcube.balashov", "vk itcube.balashov"},
    {NULL, "https://vk.com/@centr_media", "vk centr_media"},
    {"vk", "id1", "address_person"},
    {"vk", "wall-1_2", "address_post"},
    {NULL, "https://vk.com/club1/wall", "address_post"},
    {NULL, "https://vk.com/share.php?url=https://school.ru", "address_share_link"},
    {NULL, "https://vk.com/js/api/openapi.js", "address_share_link"},
    {NULL, "https://vk.com/rtrg?p=VK-RTRG-1", "address_share_link"},
    {NULL, "https://vk.com", "address_service"},
    {NULL, "https://vk.com/app5748831_-1", "address_service"},
    {NULL, "https://id.vk.ru/auth", "address_service"},
    {NULL, "https://api.vk.com/method/groups.getById", "address_service"},
    {NULL, "https://vk.me/club1", "address_service"},
    {NULL, "https://vk.com/школа", "address_unreadable"},
    {NULL, "vk.сom/club1", "address_unreadable"}, /* a Cyrillic es */
    {NULL, "школа1.ŀф", "address_unreadable"},    /* its Latin shows only when the name is mapped */
    /* other networks */
    {NULL, "ok.ru/group54937615007827/", "ok group/54937615007827"},
    {NULL, "https://m.ok.ru/group/54937615007827?x=1", "ok group/54937615007827"},
    {"ok", "70000002429207", "ok group/70000002429207"},
    {NULL, "https://ok.ru/group/54937615007827/topic/1", "address_post"},
    {NULL, "https://ok.ru/school.1", "ok school.1"},
    {NULL, "t.me/s/Cit_Gov", "telegram cit_gov"},
    {NULL, "https://telegram.me/cit_gov?start=1", "telegram cit_gov"},
    {NULL, "cit-gov.t.me", "address_service"},
    {NULL, "citgov.t.me", "telegram citgov"},
    {NULL, "tg://resolve?domain=cit_gov", "telegram cit_gov"},
    {"telegram", "@cit_gov", "telegram cit_gov"},
    {"telegram", "cit_gov", "telegram cit_gov"},
    {NULL, "https://t.me/+AbCdEf", "address_invitation"},
    {NULL, "https://t.me/joinchat/AbCdEf", "address_invitation"},
    {NULL, "https://t.me/share/url?url=https://school.ru", "address_share_link"},
    {NULL, "https://t.me/school_bot", "address_bot"},
    {NULL, "https://t.me/c/123/4", "address_post"},
    {NULL, "https://max.ru/@school1", "max school1"},
    {NULL, "https://max.ru/u/AbC", "address_person"},
    {NULL, "https://max.ru/school1/AbC", "address_post"},
    /* official sites */
    {NULL, "WWW pu31redkino.narod.ru", "site pu31redkino.narod.ru"},
    {NULL, "WWW WWW pu31redkino.narod.ru", "site pu31redkino.narod.ru"},
    {NULL, "https://vk.com/@feed", "address_service"},
    {NULL, "https://vk.com/@away.", "address_service"},
    {NULL, "kemtzy-school.nubex.ru", "site kemtzy-school.nubex.ru"},
    {NULL, "HTTP://WWW.SCHOOL1.RU/", "site school1.ru"},
    {NULL, "http://school1.ru/index.php", "site school1.ru"},
    {NULL, "http://school1.ru/index.php?utm_source=vk&ysclid=lx1", "site school1.ru"},
    {NULL, "https://school1.ru/?", "site school1.ru"},
    {NULL, "http://edu.example.ru/index.php?id=57", "site edu.example.ru/index.php?id=57"},
    {NULL, "http://edu.example.ru/?id=57.", "site edu.example.ru/?id=57"},
    {"site", "edu.example.ru/?id=57", "site edu.example.ru/?id=57"},
    {NULL, "https://edu.example.ru/Sch1/?from=vk", "site edu.example.ru/Sch1"},
    {NULL, "https://edu.example.ru/Sch1/page.php?Id=A1", "site edu.example.ru/Sch1/page.php?Id=A1"},
    {NULL, "https://edu.example.ru/Sch1/", "site edu.example.ru/Sch1"},
    {NULL, "школа1.рф", "site xn--1-7sb3aeo2d.xn--p1ai"},
    {NULL, "https://ШКОЛА1.РФ./", "site xn--1-7sb3aeo2d.xn--p1ai"},
    {NULL, "http://xn--1-7sb3aeo2d.xn--p1ai", "site xn--1-7sb3aeo2d.xn--p1ai"},
    {NULL, "school1. ru", "site school1.ru"},
    {NULL, "school1 .ru", "site school1.ru"},
    {NULL, "school1.ru.", "site school1.ru"},
    {NULL, "school1.ru:443", "site school1.ru"},
    {"site", "school@mail.ru", "address_email"},
    {NULL, "mailto:school@mail.ru", "address_email"},
    {"site", "https://vk.com/club1", "address_other_network"},
    {"vk", "school1.ru", "address_other_network"},
    {"vk", "https://ok.ru/group/54937615007827", "address_other_network"},
    {"telegram", "vk.com/wall-1_2", "address_other_network"},
    {"vk", "https://vk.cc/abc", "address_short_link"},
    {"telegram", "https://vk.cc/abc", "address_short_link"},
    {NULL, "https://clck.ru/abc", "address_short_link"},
    {NULL, "https://www.youtube.com/@school", "address_other_network"},
    /* nothing of the kind */
    {NULL, "", "address_unreadable"},
    {NULL, "нет", "address_unreadable"},
    {NULL, "-", "address_unreadable"},
    {NULL, "@school1", "address_unreadable"}, /* of which network? */
    {"site", "school1", "address_unreadable"},
    {NULL, "123456", "address_unreadable"},
    {NULL, "school1.ru school2.ru", "address_unreadable"},
    {NULL, "vk.com/club1, ok.ru/group/54937615007827", "address_unreadable"},
    {NULL, "http://school1.ruhttp://school2.ru", "address_unreadable"},
    {NULL, "http://127.0.0.1/", "address_unreadable"},
    {NULL, "http://0x7f.1/", "address_unreadable"},
    {NULL, "http://2130706433/", "address_unreadable"},
    {NULL, "http://①②⑦.0.0.1/", "address_unreadable"},
    {NULL, "http://[::1]/", "address_unreadable"},
    {NULL, "http://localhost/", "address_unreadable"},
    {NULL, "http://a:b@vk.com/club1", "address_unreadable"},
    {NULL, "http://school1.ru:8080/", "address_unreadable"},
    {NULL, "ftp://school1.ru/", "address_unreadable"},
    {NULL, "javascript://vk.com/club1", "address_unreadable"},
    {NULL, "file:///etc/passwd", "address_unreadable"},
    {NULL, "http://school1..ru/", "address_unreadable"},
    {NULL, "http://", "address_unreadable"},
    {NULL, "vk.com/\xff", "address_unreadable"},
};

/* "vk club1", or the code of the refusal. */
static const char *outcome_of(struct pool *pool, const char *wanted, const char *text)
{
    struct network_address address;
    const struct network *network = wanted == NULL ? NULL : network_find(networks, wanted);
    const char *code = network_address_read(networks, network, pool, text, &address);
    return code != NULL ? code : pool_print(pool, "%s %s", network_code(address.network), address.key);
}

static void reads_spellings(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const char *outcome = outcome_of(pool, spellings[i].wanted, spellings[i].text);
        if (!text_equal(outcome, spellings[i].outcome)) {
            print_error("\"%s\" (%s): %s, expected %s\n", spellings[i].text, spellings[i].wanted, outcome,
                        spellings[i].outcome);
            wrong++;
        }
    }
    pool_free(pool);
    assert_int_equal(wrong, 0);
}

static void reads_its_own_url_again(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct network_address first;
        struct network_address second;
        const struct network *wanted = spellings[i].wanted == NULL ? NULL : network_find(networks, spellings[i].wanted);
        if (network_address_read(networks, wanted, pool, spellings[i].text, &first) != NULL)
            continue;
        assert_null(network_address_read(networks, NULL, pool, first.url, &second));
        assert_ptr_equal(first.network, second.network);
        assert_string_equal(first.key, second.key);
        assert_string_equal(first.url, second.url);
    }
    pool_free(pool);
}

static void shows_idn_in_its_letters(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct network_address address;
    assert_null(network_address_read(networks, NULL, pool, "http://xn--1-7sb3aeo2d.xn--p1ai/", &address));
    assert_string_equal(address.url, "https://школа1.рф");
    pool_free(pool);
}

struct link {
    const char *href;
    const char *outcome;
};

static const struct link links[] = {
    {"https://vk.com/ds10_rosinka", "vk ds10_rosinka"},
    {" //vk.com/public5 ", "vk club5"},
    {"/away.php?to=http%3A%2F%2Fhabrahabr.ru%2F&h=1", "address_unreadable"},
    {"https://vk.com/away.php?to=http%3A%2F%2Fhabrahabr.ru%2F&h=1", "site habrahabr.ru"},
    {"https://m.vk.com/away?to=https%3A%2F%2Fvk.com%2Fclub5", "vk club5"},
    {"https://vk.com/away.php?to=%00", "address_service"},
    {"https://vk.com/share.php?url=http://school.ru", "address_share_link"},
    {"https://connect.ok.ru/dk?st.cmd=WidgetSharePreview&st.shareUrl=x", "address_share_link"},
    {"https://ok.ru/dk?st.cmd=addShare&st._surl=x", "address_share_link"},
    {"", "address_unreadable"},
    {"#", "address_unreadable"},
    {"vk.com/club5", "address_unreadable"}, /* relative to the page it stands on */
    {"javascript:void(0)", "address_unreadable"},
    {"mailto:a@b.ru", "address_unreadable"},
    {"tg://resolve?domain=school_one", "telegram school_one"},
};

static void reads_links(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct network_address address;
        const char *code = network_link_read(networks, pool, links[i].href, &address);
        const char *outcome =
            code != NULL ? code : pool_print(pool, "%s %s", network_code(address.network), address.key);
        assert_string_equal(outcome, links[i].outcome);
    }
    pool_free(pool);
}

/* ---- the real spellings ---- */

/* What each kind of the public crawl must give: "=" an account, otherwise the code. */
static const struct {
    const char *kind;
    const char *outcome;
} kinds[] = {
    {"article", "address_post"},
    {"broken_two_urls_glued", "address_unreadable"},
    {"content", "address_post"},
    {"page_name", "="},
    {"page_name__overlay_album", "="},
    {"page_name__overlay_photo", "="},
    {"page_name__overlay_video", "="},
    {"page_name__overlay_wall", "="},
    {"page_numeric", "club"},
    {"page_numeric__overlay_album", "club"},
    {"page_numeric__overlay_photo", "club"},
    {"page_numeric__overlay_video", "club"},
    {"page_numeric__overlay_wall", "club"},
    {"page_with_spaces", "="},
    {"post", "address_post"},
    {"service", "address_service"},
};

static FILE *open_corpus(struct pool *pool, const char *name)
{
    const char *corpus = getenv("VEHA_CORPUS");
    return fopen(pool_print(pool, "%s/%s", corpus == NULL ? "../shared/data" : corpus, name), "re");
}

static bool fits_kind(struct pool *pool, const char *kind, const char *text)
{
    const char *outcome = outcome_of(pool, NULL, text);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, kind) != 0)
            continue;
        if (*kinds[i].outcome == '=')
            return text_starts(outcome, "vk ") && strcspn(outcome, "?/ =") == 2 &&
                   strcspn(outcome + 3, "?/ =") == strlen(outcome + 3);
        if (strcmp(kinds[i].outcome, "club") == 0)
            return text_starts(outcome, "vk club") && text_is_digits(outcome + strlen("vk club"));
        return strcmp(outcome, kinds[i].outcome) == 0;
    }
    return false;
}

static void reads_the_public_crawl(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    FILE *file = open_corpus(pool, "links/vk_addresses.tsv");
    if (file == NULL)
        skip();
    unsigned rows = 0;
    unsigned wrong = 0;
    char line[4096];
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line;
        const char *kind = strsep(&rest, "\t");
        const char *text = strsep(&rest, "\t");
        if (*kind == '#' || text == NULL)
            continue;
        rows++;
        if (!fits_kind(pool, kind, text)) {
            print_error("%s \"%s\": %s\n", kind, text, outcome_of(pool, NULL, text));
            wrong++;
        }
    }
    fclose(file);
    pool_free(pool);
    assert_true(rows > 700);
    assert_int_equal(wrong, 0);
}

/* addresses.tsv, row by row: its second column is prose, so the outcomes stand here. */
static const struct spelling seen[] = {
    {NULL, "https://ok.ru/group/54937615007827?st._aid=ExternalGroupWidget_OpenGroup", "ok group/54937615007827"},
    {NULL, "https://www.ok.ru/group/54224603906175", "ok group/54224603906175"},
    {NULL, "https://ok.ru/group/70000000517828", "ok group/70000000517828"},
    {NULL, "https://ok.ru/videoembed/20079905452", "address_post"},
    {NULL, "http://ok.ru/profile/545114273175", "address_person"},
    {NULL, "http://ok.ru/apiok", "ok apiok"},
    {NULL, "http://www.odnoklassniki.ru/apiok", "ok apiok"},
    {NULL, "https://connect.ok.ru/dk?st.cmd=WidgetSharePreview&st.shareUrl=@u&st.comments=@t", "address_share_link"},
    {NULL, "https://ok.ru/dk?st.cmd=addShare&st.s=1&st._surl=X", "address_share_link"},
    {NULL, "https://ok.ru/dk?st.cmd=anonymMain&st.fflo=on&st.lgn=on", "address_service"},
    {NULL, "https://vk.com/gel_realty/", "vk gel_realty"},
    {NULL, "https://vk.com/video_ext.php?oid=-26478611&id=456242402&hash=c2635ea654e2c268&hd=2", "address_service"},
    {NULL, "https://vk.cc/d0AT2M", "address_short_link"},
    {NULL, "https://max.ru/id7727009915_gos", "max id7727009915_gos"},
    {NULL, "https://max.ru/max_news", "max max_news"},
    {NULL, "https://max.ru/se13549123_biz", "max se13549123_biz"},
    {NULL, "https://max.ru/id710708943262_4_bot", "address_bot"},
    {NULL, "https://max.ru/join/SharedToken123", "address_invitation"},
    {NULL, "https://web.max.ru/-75602062003657", "address_service"},
    {NULL, "https://t.me/sovetsudey/1238", "address_post"},
    {NULL, "//telegram.org/dl?tme=8ddf2746b753fae5ac_13375093255303410914", "address_service"},
};

static const struct spelling *find_seen(const char *text)
{
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        if (strcmp(seen[i].text, text) == 0)
            return &seen[i];
    return NULL;
}

static void reads_the_seen_addresses(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    FILE *file = open_corpus(pool, "links/addresses.tsv");
    if (file == NULL)
        skip();
    unsigned rows = 0;
    char line[4096];
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line;
        const char *text = strsep(&rest, "\t");
        if (*text == '#')
            continue;
        const struct spelling *expected = find_seen(text);
        assert_non_null(expected);
        assert_string_equal(outcome_of(pool, NULL, text), expected->outcome);
        rows++;
    }
    fclose(file);
    pool_free(pool);
    assert_int_equal(rows, sizeof seen / sizeof *seen);
}

/* ---- network files with mistakes ---- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What loading a folder with this one network file prints. */
static const char *mistakes_of(struct pool *pool, const char *text)
{
    char folder[] = "/tmp/veha-network-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *path = pool_print(pool, "%s/x.json", folder);
    const char *output = pool_print(pool, "%s/output", folder);
    write_file(path, text);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    FILE *diverted = freopen(output, "we", stderr);
    struct network_set *set = network_load(folder);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_non_null(diverted);
    assert_null(set);
    char *printed = pool_alloc(pool, 4096);
    FILE *file = fopen(output, "re");
    assert_non_null(file);
    printed[fread(printed, 1, 4095, file)] = '\0';
    fclose(file);
    unlink(output);
    unlink(path);
    rmdir(folder);
    return printed;
}

static const char broken[] = "{\n"
                             "  \"code\": \"x\", \"version\": 1, \"title\": \"X\",\n"
                             "  \"checks\": {\n"
                             "    \"EXIST\": \"perhaps\"\n"
                             "  },\n"
                             "  \"limits\": {\"per_second\": 1, \"concurrent\": 1},\n"
                             "  \"requests\": [],\n"
                             "  \"html\": {\"states\": [\n"
                             "    {\"state\": \"asleep\"}\n"
                             "  ], \"facts\": {}},\n"
                             "  \"address\": {\"url\": \"https://x/{key}\", \"hosts\": [\"x\"], \"rules\": [\n"
                             "    {\"path\": \"^/(a$\", \"key\": \"$1\"},\n"
                             "    {\"path\": \"^/b$\"},\n"
                             "    {\"path\": \"^/c$\", \"refuse\": \"address_nowhere\"},\n"
                             "    {\"path\": \"^/d$\", \"key\": \"d\", \"colour\": \"red\"},\n"
                             "    {\"path\": \"^/((e{99}[a]{1,99}x){99})+$\", \"key\": \"e\"}\n"
                             "  ]}\n"
                             "}\n";

static void names_line_and_reason_of_each_mistake(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *printed = mistakes_of(pool, broken);
    static const char *const places[] = {
        "x.json:4:", "x.json:9:", "x.json:12:", "x.json:13:", "x.json:14:", "x.json:15:", "x.json:16:"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_non_null(strstr(printed, places[i]));
    assert_non_null(strstr(mistakes_of(pool, "{"), "x.json:1:"));
    pool_free(pool);
}

/* One line a mistake, in the part that speaks of the API. */
static const char broken_api[] =
    "{\n"
    "  \"code\": \"x\", \"version\": 1, \"title\": \"X\", \"checks\": {},\n"
    "  \"address\": {\"url\": \"https://x/{key}\", \"hosts\": [\"x\"], \"rules\": []},\n"
    "  \"limits\": {\"per_second\": 1, \"concurrent\": 1},\n"
    "  \"html\": {\"states\": [], \"facts\": {}},\n"
    "  \"requests\": [\n"
    "    {\"name\": \"a\"},\n"
    "    {\"name\": \"b\", \"url\": \"https://x/\"},\n"
    "    {\"name\": \"c\", \"method\": \"groups.getById\"},\n"
    "    {\"name\": \"d\", \"method\": \"chats\", \"after\": [\"never\"]}\n"
    "  ],\n"
    "  \"api\": {\n"
    "    \"kind\": \"max\",\n"
    "    \"version\": \"1\",\n"
    "    \"posts_count\": 50,\n"
    "    \"errors\": [\n"
    "      {\"codes\": [\"401\"], \"reason\": \"token\"}\n"
    "    ],\n"
    "    \"states\": [\n"
    "      {\"pointer\": \"type\", \"match\": \"x\", \"state\": \"closed\", \"reason\": \"x\"}\n"
    "    ],\n"
    "    \"facts\": {\n"
    "      \"a\": {\"pointers\": [\"\"], \"as\": \"text\"},\n"
    "      \"b\": {\"pointers\": [\"/b\"], \"as\": \"colour\"},\n"
    "      \"c\": {\"pointers\": [\"/c\"], \"as\": \"text\", \"else_pointer\": \"c\"}\n"
    "    }\n"
    "  }\n"
    "}\n";

static void names_each_mistake_about_an_api(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *printed = mistakes_of(pool, broken_api);
    static const char *const places[] = {
        "x.json:7: a request has either",
        "x.json:8: must hold {key}",
        "x.json:9: \"groups.getById\" is no method",
        "x.json:10: \"never\" is not known",
        "x.json:14:",
        "x.json:17: must be an integer",
        "x.json:20: must be a JSON pointer",
        "x.json:23: must be a JSON pointer",
        "x.json:24: \"colour\"",
        "x.json:25: must be a JSON pointer",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strstr(printed, places[i]) == NULL)
            fail_msg("%s is not told among:\n%s", places[i], printed);
    assert_non_null(
        strstr(mistakes_of(pool, "{\n\"api\": {\n\"kind\": \"myspace\"}}"), "x.json:3: \"myspace\" is no kind"));
    assert_non_null(strstr(mistakes_of(pool, "{\n\"api\": {}}"), "x.json:2: \"\" is no kind"));
    pool_free(pool);
}

/* A file that is sound but for its breaker. */
static const char *mistakes_of_breaker(struct pool *pool, const char *breaker)
{
    return mistakes_of(pool,
                       pool_print(pool,
                                  "{\n\"breaker\": %s,\n\"code\": \"x\", \"version\": 1, \"title\": \"X\", "
                                  "\"checks\": {}, \"requests\": [],\n"
                                  "\"limits\": {\"per_second\": 1, \"concurrent\": 1}, \"html\": {\"states\": "
                                  "[], \"facts\": {}},\n"
                                  "\"address\": {\"url\": \"https://x/{key}\", \"hosts\": [\"x\"], \"rules\": []}}\n",
                                  breaker));
}

static void refuses_a_breaker_that_could_not_work(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    static const struct {
        const char *breaker, *reason;
    } cases[] = {
        {"{\"window_minutes\": 181}", "must be from 10 to 180"},
        {"{\"looks_least\": 5}", "must be from 6 to 200"},
        {"{\"looks_least\": 30}", "looks_most is less than looks_least"},
        {"{\"opens_percent\": 50, \"closes_percent\": 50}", "close at less than it opens at"},
        {"{\"again_minutes\": -9223372036854775808}", "must be from 1 to 60"},
        {"{\"looks\": 30}", "looks"},
        {"{\"again_minutes\": \"5\"}", "again_minutes"},
        {"[]", "breaker"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *printed = mistakes_of_breaker(pool, cases[i].breaker);
        assert_non_null(strstr(printed, "x.json:2:"));
        assert_non_null(strstr(printed, cases[i].reason));
    }
    pool_free(pool);
}

static void tells_what_a_network_can_tell(void **state)
{
    (void)state;
    assert_string_equal(network_tells(network_find(networks, "vk"), "EXIST"), "tells");
    assert_string_equal(network_tells(network_find(networks, "vk"), "FRESH"), "token");
    assert_string_equal(network_tells(network_find(networks, "telegram"), "GOS"), "cannot");
    assert_string_equal(network_tells(network_find(networks, "ok"), "EXIST"), "tells");
    assert_string_equal(network_tells(network_find(networks, "max"), "EXIST"), "token");
    assert_string_equal(network_tells(network_find(networks, "max"), "GOS"), "cannot");
    assert_null(network_tells(network_find(networks, "telegram"), "LINK"));
    assert_int_equal(network_count(networks), 5);
    assert_null(network_find(networks, "myspace"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_spellings),
        cmocka_unit_test(reads_its_own_url_again),
        cmocka_unit_test(shows_idn_in_its_letters),
        cmocka_unit_test(reads_links),
        cmocka_unit_test(reads_the_public_crawl),
        cmocka_unit_test(reads_the_seen_addresses),
        cmocka_unit_test(names_line_and_reason_of_each_mistake),
        cmocka_unit_test(names_each_mistake_about_an_api),
        cmocka_unit_test(refuses_a_breaker_that_could_not_work),
        cmocka_unit_test(tells_what_a_network_can_tell),
    };
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    return cmocka_run_group_tests(tests, load_networks, free_networks);
}
