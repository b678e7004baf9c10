/* courier.c: one loop that takes letters from the database, renders them in their reader's language, and hands them
 * over. */
#include "courier.h"

#include "veha/clock.h"
#include "veha/link.h"
#include "veha/locale.h"
#include "veha/log.h"
#include "veha/process.h"
#include "veha/query.h"
#include "veha/template.h"
#include "veha/text.h"
#include "veha/unit.h"

#include "letter.h"
#include "mail.h"

#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    IDLE_MS = 1000,
    TROUBLE_MS = 2000, /* after the database refused */
};

static const char gathered_most[] = "100";

/* States: IDLE → (a letter is taken) SENDING → IDLE; blocking, for one letter after the other is all a mail server
 * wants. */
struct courier {
    const struct config *config;
    struct db *db;
    struct mail *mail;
    struct template_set *templates;
    struct locale_set *locales;
    const char *origin; /* public_url without a trailing slash */
    const char *from, *from_name;
    char worker[128];
    int signals;
    bool stopping;
};

/* ---- the database ---- */

/* The document of one query, in pool; NULL with *sound false when it failed. */
static json_t *ask(struct courier *courier, struct pool *pool, const char *query, const char *const *values,
                   bool *sound)
{
    const struct unit_statement statement = {query_find(query), values};
    const struct unit_request request = {
        .lane = LANE_WRITE, .caller = {.request_id = "notify"}, .statements = &statement, .statement_count = 1};
    const struct fault *fault = NULL;
    const char *document = unit_wait(courier->db, pool, &request, &fault);
    *sound = fault == NULL;
    if (fault != NULL)
        log_event(LOG_LEVEL_WARNING, "letters_not_reached", "query", query, "fault", fault->code, "detail",
                  fault->detail == NULL ? "" : fault->detail, NULL);
    return document == NULL ? NULL : pool_adopt(pool, json_loads(document, JSON_DECODE_ANY, NULL), pool_release_json);
}

static const char *number_of(struct pool *pool, const json_t *letter, const char *member)
{
    return pool_print(pool, "%lld", (long long)json_integer_value(json_object_get(letter, member)));
}

static const char *text_of(const json_t *letter, const char *member)
{
    const char *text = json_string_value(json_object_get(letter, member));
    return text == NULL ? "" : text;
}

/* ---- what a letter says ---- */

/* Whole addresses: a letter has no place of its own to start from. */
static void complete_paths(const struct courier *courier, struct pool *pool, json_t *letter)
{
    size_t number;
    json_t *matter;
    json_array_foreach(json_object_get(letter, "matters"), number, matter)
    {
        const char *path = json_string_value(json_object_get(matter, "path"));
        if (path != NULL)
            json_object_set_new(matter, "link", json_string(pool_print(pool, "%s%s", courier->origin, path)));
    }
}

/* The token of a link is nowhere but in the letter. */
static void add_link(const struct courier *courier, struct pool *pool, json_t *letter)
{
    const char *seed = json_string_value(json_object_get(letter, "seed"));
    if (seed == NULL)
        return;
    const char *key = config_text(courier->config, "mail", "link_key");
    json_object_set_new(letter, "link",
                        json_string(pool_print(pool, "%s/session/password-resets/%s", courier->origin,
                                               link_token(pool, key, "password_reset", seed))));
}

/* A page's template has one text; a letter's has its subject in the first line, and the text below an empty one. */
static void part(char *text, struct letter *letter)
{
    char *end = text + strcspn(text, "\n");
    letter->subject = text;
    letter->text = *end == '\0' ? end : end + 1 + strspn(end + 1, "\n");
    *end = '\0';
}

static bool render(struct courier *courier, struct pool *pool, json_t *document, struct letter *letter)
{
    const struct locale *locale = locale_find(courier->locales, text_of(document, "locale"));
    struct buffer out = {0};
    complete_paths(courier, pool, document);
    add_link(courier, pool, document);
    json_object_set_new(document, "origin", json_string(courier->origin));
    json_object_set(document, "single",
                    json_array_size(json_object_get(document, "matters")) == 1
                        ? json_array_get(json_object_get(document, "matters"), 0)
                        : json_null());
    json_object_set_new(document, "count",
                        json_integer((json_int_t)json_array_size(json_object_get(document, "matters"))));
    bool rendered = template_render(courier->templates, text_of(document, "kind"), document, locale, &out);
    letter->locale = locale_name(locale);
    if (rendered)
        part(pool_copy_length(pool, out.bytes, out.length), letter);
    buffer_free(&out);
    return rendered;
}

static enum mail_outcome send_letter(struct courier *courier, struct pool *pool, json_t *document, const char **said)
{
    struct letter letter = {
        .message = text_of(document, "message"),
        .from = courier->from,
        .from_name = courier->from_name,
        .to = letter_address(pool, text_of(document, "address")),
        .to_name = text_of(document, "name"),
        .at = clock_now(),
    };
    struct mail_message message = {.name = letter.message, .from = courier->from, .to = letter.to};
    if (letter.to == NULL) {
        *said = "the address is none";
        return MAIL_REFUSED;
    }
    if (!render(courier, pool, document, &letter)) {
        *said = "the letter could not be written";
        return MAIL_FAILED;
    }
    message.bytes = letter_write(pool, &letter, &message.length);
    return mail_send(courier->mail, pool, &message, said);
}

/* ---- the loop ---- */

static void read_signals(struct courier *courier)
{
    for (int signal; (signal = process_signal_read(courier->signals)) != 0;)
        courier->stopping = courier->stopping || signal != SIGHUP;
}

static void rest(struct courier *courier, int milliseconds)
{
    struct pollfd watched = {.fd = courier->signals, .events = POLLIN};
    poll(&watched, 1, milliseconds);
    read_signals(courier);
}

/* The letter has gone, and that must be known: the database is asked as long as its lease lasts, and then it goes
 * again. */
static void end_letter(struct courier *courier, struct pool *pool, const json_t *document, const char *how,
                       const char *said)
{
    const char *lease = config_text(courier->config, "mail", "lease_seconds");
    int64_t patience = clock_monotonic_ms() + 1000 * strtol(lease, NULL, 10);
    const char *const values[] = {number_of(pool, document, "id"), number_of(pool, document, "fence"), how, said,
                                  config_text(courier->config, "mail", "attempts")};
    bool sound = false;
    json_t *answer = NULL;
    while (!sound && clock_monotonic_ms() < patience) {
        answer = ask(courier, pool, "letter_end", values, &sound);
        if (!sound)
            rest(courier, TROUBLE_MS);
    }
    const char *outcome = json_string_value(json_object_get(answer, "outcome"));
    bool lost = outcome != NULL && strcmp(outcome, "sent") != 0;
    log_event(lost ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "letter", "id", values[0], "kind", text_of(document, "kind"),
              "how", how, "outcome",
              answer == NULL    ? "late"
              : outcome == NULL ? "again"
                                : outcome,
              "said", said == NULL ? "" : said, NULL);
}

static void deliver(struct courier *courier, json_t *document)
{
    static const char *const words[] = {[MAIL_SENT] = "sent", [MAIL_FAILED] = "failed", [MAIL_REFUSED] = "refused"};
    struct pool *pool = pool_new();
    const char *said = NULL;
    enum mail_outcome outcome = send_letter(courier, pool, document, &said);
    end_letter(courier, pool, document, words[outcome], said);
    pool_free(pool);
}

/* Makes letters of what there is to tell; true when some were made. */
static bool gather(struct courier *courier, struct pool *pool, bool *sound)
{
    const char *const values[] = {config_text(courier->config, "mail", "pause_minutes"), gathered_most};
    json_t *told = ask(courier, pool, "letter_gather", values, sound);
    return json_integer_value(json_object_get(told, "gathered")) > 0;
}

/* One letter at a time, so that a process that dies holds up one. */
static void turn(struct courier *courier)
{
    struct pool *pool = pool_new();
    const char *const values[] = {courier->worker, config_text(courier->config, "mail", "lease_seconds"), "1"};
    bool sound = false;
    json_t *items = json_object_get(ask(courier, pool, "letter_take", values, &sound), "items");
    if (json_array_size(items) > 0)
        deliver(courier, json_array_get(items, 0));
    else if (!sound || !gather(courier, pool, &sound))
        rest(courier, sound ? IDLE_MS : TROUBLE_MS);
    pool_free(pool);
    read_signals(courier);
}

/* ---- beginning ---- */

static void release_db(void *db)
{
    db_free(db);
}

static void release_templates(void *set)
{
    template_free(set);
}

static void release_locales(void *set)
{
    locale_set_free(set);
}

static const char *origin_of(struct pool *pool, const struct config *config)
{
    char *url = pool_copy(pool, config_text(config, "web", "public_url"));
    for (size_t length = strlen(url); length > 0 && url[length - 1] == '/'; length--)
        url[length - 1] = '\0';
    return url;
}

static bool prepare(struct pool *pool, const struct config *config, struct courier *courier)
{
    const char *templates = pool_print(pool, "%s/messages", config_text(config, "templates", "directory"));
    const char *locales = pool_print(pool, "%s/../locales", config_text(config, "web", "assets"));
    courier->config = config;
    courier->origin = origin_of(pool, config);
    courier->from = letter_sender(pool, config_text(config, "mail", "from"), &courier->from_name);
    if (courier->from == NULL) {
        fputs("veha notify: [mail] from must be NAME <ADDRESS>\n", stderr);
        return false;
    }
    courier->mail = mail_open(pool, config);
    courier->templates =
        courier->mail == NULL ? NULL : pool_adopt(pool, template_load(templates, NULL), release_templates);
    courier->locales =
        pool_adopt(pool, locale_load(locales, config_text(config, "region", "timezone")), release_locales);
    return courier->mail != NULL && courier->templates != NULL && courier->locales != NULL;
}

int courier_run(const struct config *config)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
    struct pool *pool = pool_new();
    struct courier *courier = pool_alloc(pool, sizeof *courier);
    char host[64] = "";
    if (!prepare(pool, config, courier)) {
        pool_free(pool);
        return EXIT_FAILURE;
    }
    gethostname(host, sizeof host - 1);
    snprintf(courier->worker, sizeof courier->worker, "%s:%ld", host, (long)getpid());
    courier->db = pool_adopt(pool,
                             db_new(&(struct db_options){.url = config_text(config, "database", "notify_url"),
                                                         .application = "veha notify",
                                                         .write_lanes = 1,
                                                         .waiting_most = 1}),
                             release_db);
    courier->signals = process_signals(signals);
    log_event(LOG_LEVEL_NOTICE, "notify_ready", "worker", courier->worker, NULL);
    process_ready();
    while (!courier->stopping)
        turn(courier);
    close(courier->signals);
    log_event(LOG_LEVEL_NOTICE, "notify_stopped", NULL);
    pool_free(pool);
    return EXIT_SUCCESS;
}
