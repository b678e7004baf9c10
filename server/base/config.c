/* config.c: the table of keys, and typed access to their values. */
#include "veha/config.h"

#include "veha/clock.h"
#include "veha/text.h"

#include "config_key.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct config_key config_keys[] = {
    {"region", "name", CONFIG_TEXT, "", "name of the region as people read it"},
    {"region", "code", CONFIG_TEXT, "", "short code of the region, in letters and digits"},
    {"region", "timezone", CONFIG_TEXT, "Europe/Moscow", "IANA time zone in which dates and times are shown"},
    {"region", "deadline", CONFIG_DATE, "", "the day by which every roadmap is to be finished"},
    {"region", "networks", CONFIG_LIST, "telegram vk site", "networks in which organisations keep accounts"},
    {"region", "networks_required", CONFIG_NUMBER, "0", "how many of these networks an organisation needs; 0: all"},
    {"region", "sample_passed", CONFIG_NUMBER, "2", "of 100 verdicts that pass, how many a curator looks at again"},
    {"region", "sample_failed", CONFIG_NUMBER, "10", "of 100 verdicts that fail, how many a curator looks at again"},
    {"region", "public", CONFIG_SWITCH, "yes", "show everybody who keeps which official pages, at /public"},

    {"web", "listen", CONFIG_LIST, "127.0.0.1:8443 [::1]:8443", "addresses and ports to listen on"},
    {"web", "certificate", CONFIG_PATH, "", "TLS certificate chain, PEM"},
    {"web", "key", CONFIG_PATH, "", "private key of the certificate, PEM"},
    {"web", "public_url", CONFIG_TEXT, "https://localhost:8443", "address under which browsers reach this service"},
    {"web", "workers", CONFIG_NUMBER, "0", "worker processes; 0: one a processor"},
    {"web", "rate_address", CONFIG_NUMBER, "12000",
     "requests a minute of one address, a worker process; 0: no limit, as behind a proxy"},
    {"web", "rate_caller", CONFIG_NUMBER, "3000",
     "requests a minute of one person or service, a worker process; 0: no limit"},
    {"web", "live_streams", CONFIG_COUNT, "1000", "pages that may follow changes at once, a worker process"},
    {"web", "live_check", CONFIG_COUNT, "45",
     "after so many seconds, 50 at most, whoever follows changes is asked for anew: the session, and what they may "
     "read"},
    {"web", "assets", CONFIG_PATH, "/usr/share/veha/assets", "folder of built scripts, styles and icons"},
    {"web", "design", CONFIG_SWITCH, "no",
     "show every part of pages in every state, at /design: for whoever works on them"},

    {"database", "url", CONFIG_SECRET, "dbname=veha user=veha_web", "connection of veha serve"},
    {"database", "verify_url", CONFIG_SECRET, "dbname=veha user=veha_verify", "connection of veha verify"},
    {"database", "notify_url", CONFIG_SECRET, "dbname=veha user=veha_notify", "connection of veha notify"},
    {"database", "operator_url", CONFIG_SECRET, "dbname=veha user=veha_operator",
     "connection of veha import, veha user and veha token"},
    {"database", "owner_url", CONFIG_SECRET, "dbname=veha user=veha_owner", "connection of veha migrate"},

    {"tokens", "keys", CONFIG_PATH, "/etc/veha/keys", "folder of P-256 signing keys, PEM"},
    {"tokens", "issuer", CONFIG_TEXT, "veha", "iss of access tokens"},
    {"tokens", "audience", CONFIG_TEXT, "veha", "aud of access tokens"},
    {"tokens", "access_minutes", CONFIG_NUMBER, "10", "life of an access token"},
    {"tokens", "session_hours", CONFIG_NUMBER, "12", "life of a session"},
    {"tokens", "idle_minutes", CONFIG_NUMBER, "30", "a session nobody uses ends after so long"},
    {"tokens", "invitation_days", CONFIG_COUNT, "7", "life of an invitation"},

    {"verify", "concurrency", CONFIG_COUNT, "8", "looks in flight at once"},
    {"verify", "connect_to", CONFIG_LIST, "",
     "HOST:PORT=ADDRESS:PORT pairs that replace an exact address (tests only)"},
    {"verify", "ca_file", CONFIG_PATH, "", "certificate authorities to trust instead of the system's"},
    {"verify", "user_agent", CONFIG_TEXT, "Veha/1", "how we introduce ourselves to the networks"},
    {"verify", "contact", CONFIG_TEXT, "", "address where an owner of a page can reach us"},
    {"verify", "every_hours", CONFIG_COUNT, "24", "how often each account is looked at, until the deadline"},
    {"verify", "later_hours", CONFIG_COUNT, "168", "how often after the deadline"},
    {"verify", "quiet_hours", CONFIG_HOURS, "",
     "hours of the region's day, FROM-TO, in which only what people ask for is looked at"},
    {"verify", "bodies_days", CONFIG_NUMBER, "30",
     "how long the pages that were read are kept as evidence; 0: not at all"},
    {"verify", "looks_days", CONFIG_COUNT, "400",
     "how long looks and their verdicts are kept; the last of an account always"},
    {"verify", "jobs_days", CONFIG_COUNT, "7", "how long finished jobs of looking are kept"},
    {"verify", "traces_days", CONFIG_COUNT, "30",
     "how long ended sessions, invitations that are over, what people were told, removed files, and finished trials "
     "are "
     "kept"},
    {"verify", "reads_days", CONFIG_COUNT, "366", "how long is kept who read what of an organisation"},
    {"verify", "lease_seconds", CONFIG_COUNT, "60", "how long a look may take before another worker takes it over"},
    {"verify", "alarm_hours", CONFIG_COUNT, "26",
     "nothing was looked at for so long: the operator is told; veha migrate brings it into the database"},

    {"vk", "token", CONFIG_SECRET, "", "service token of the VK API; without one pages are read as HTML"},
    {"vk", "api", CONFIG_TEXT, "https://api.vk.com/method", "base address of the VK API"},

    {"ok", "application_key", CONFIG_SECRET, "", "public key of our application at Odnoklassniki"},
    {"ok", "access_token", CONFIG_SECRET, "", "token of the Odnoklassniki API; without one pages are read as HTML"},
    {"ok", "session_secret", CONFIG_SECRET, "", "session secret key that came with the token"},
    {"ok", "application_secret", CONFIG_SECRET, "", "secret key of the application, where there is no session secret"},
    {"ok", "api", CONFIG_TEXT, "https://api.ok.ru/fb.do", "address of the Odnoklassniki API"},

    {"max", "token", CONFIG_SECRET, "",
     "token of a MAX bot that was added to the channels; without one they are manual"},
    {"max", "api", CONFIG_TEXT, "https://platform-api2.max.ru", "base address of the MAX bot API"},

    {"mail", "url", CONFIG_TEXT, "", "mail server: smtp://HOST:587, or smtps://HOST"},
    {"mail", "user", CONFIG_TEXT, "", "name to sign in at the mail server with; empty: none is asked for"},
    {"mail", "password", CONFIG_SECRET, "", "password at the mail server"},
    {"mail", "require_tls", CONFIG_NUMBER, "1",
     "1: letters go over TLS or not at all; 0: over TLS where it is offered"},
    {"mail", "ca_file", CONFIG_PATH, "", "certificate authorities to trust at the mail server instead of the system's"},
    {"mail", "from", CONFIG_TEXT, "", "who letters are from: NAME <ADDRESS>"},
    {"mail", "directory", CONFIG_PATH, "", "folder in which letters are left as files, instead of a mail server"},
    {"mail", "link_key", CONFIG_SECRET, "",
     "32 random characters or more, of which links to a new password are made; without them there are none"},
    {"mail", "pause_minutes", CONFIG_NUMBER, "15", "at most one letter of news to a person in so long"},
    {"mail", "attempts", CONFIG_COUNT, "10", "after so many tries a letter is given up"},
    {"mail", "lease_seconds", CONFIG_COUNT, "60", "after so long another process sends a letter that was taken"},

    {"templates", "directory", CONFIG_PATH, "/usr/share/veha/templates",
     "pages, networks, roadmaps, calendars, locales"},

    {"log", "level", CONFIG_LEVEL, "info", "the least important events to log"},
};

const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

size_t config_find(const char *section, const char *key)
{
    size_t i = 0;
    while (i < config_key_count &&
           (strcasecmp(config_keys[i].section, section) != 0 || strcasecmp(config_keys[i].key, key) != 0))
        i++;
    return i;
}

static bool is_level(const char *value)
{
    static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcasecmp(value, levels[i]) == 0)
            return true;
    return false;
}

static bool is_number(const char *value)
{
    if (!text_is_digits(value))
        return false;
    errno = 0;
    strtol(value, NULL, 10);
    return errno == 0;
}

static bool is_date(const char *value)
{
    int64_t seconds;
    return strlen(value) == 10 && clock_read(value, &seconds);
}

static bool is_switch(const char *value)
{
    return strcasecmp(value, "yes") == 0 || strcasecmp(value, "no") == 0;
}

/* One or two digits, at most `most`, up to `end`. */
static bool is_hour(const char *value, const char *end, long most)
{
    size_t length = (size_t)(end - value);
    return length > 0 && length <= 2 && strspn(value, "0123456789") >= length && strtol(value, NULL, 10) <= most;
}

/* "1-5", "22-6" */
static bool is_hours(const char *value)
{
    const char *dash = strchr(value, '-');
    return dash != NULL && is_hour(value, dash, 23) && is_hour(dash + 1, value + strlen(value), 24) &&
           strtol(value, NULL, 10) != strtol(dash + 1, NULL, 10);
}

const char *config_objection(enum config_kind kind, const char *value)
{
    if (!text_is_utf8(value, strlen(value)))
        return "is not valid UTF-8";
    switch (kind) {
    case CONFIG_NUMBER:
        return is_number(value) ? NULL : "must be a whole number, 0 or more";
    case CONFIG_COUNT:
        return is_number(value) && strtol(value, NULL, 10) > 0 ? NULL : "must be a whole number, 1 or more";
    case CONFIG_HOURS:
        return *value == '\0' || is_hours(value) ? NULL : "must be hours of the day, FROM-TO, as in 1-5";
    case CONFIG_DATE:
        return *value == '\0' || is_date(value) ? NULL : "must be a date, YYYY-MM-DD";
    case CONFIG_SWITCH:
        return is_switch(value) ? NULL : "must be yes or no";
    case CONFIG_LEVEL:
        return is_level(value) ? NULL : "must be error, warning, notice, info or debug";
    default:
        return NULL;
    }
}

/* A name that is not in the table is a mistake of the program, not of the person who wrote the file. */
static const char *value_of(const struct config *config, const char *section, const char *key)
{
    size_t found = config_find(section, key);
    if (found < config_key_count)
        return config->values[found];
    fprintf(stderr, "veha: the program asks for an unknown key [%s] %s\n", section, key);
    abort();
}

const char *config_text(const struct config *config, const char *section, const char *key)
{
    return value_of(config, section, key);
}

long config_number(const struct config *config, const char *section, const char *key)
{
    return strtol(value_of(config, section, key), NULL, 10);
}

bool config_switch(const struct config *config, const char *section, const char *key)
{
    return strcasecmp(value_of(config, section, key), "yes") == 0;
}

const char *const *config_list(const struct config *config, struct pool *pool, const char *section, const char *key)
{
    static const char separators[] = ", \t\r\n";
    char *rest = pool_copy(pool, value_of(config, section, key));
    const char **parts = pool_alloc(pool, (strlen(rest) / 2 + 2) * sizeof *parts);
    size_t count = 0;
    for (char *part, *saved = NULL; (part = strtok_r(saved == NULL ? rest : NULL, separators, &saved)) != NULL;)
        parts[count++] = part;
    return parts;
}

const char *const *config_secrets(const struct config *config, struct pool *pool)
{
    const char **secrets = pool_alloc(pool, (config_key_count + 1) * sizeof *secrets);
    size_t count = 0;
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].kind == CONFIG_SECRET && *config->values[i] != '\0')
            secrets[count++] = config->values[i];
    secrets[count] = NULL;
    return secrets;
}
