/* user.c: veha user makes and lists people and lets them in again, as the operator of the machine; the first
 * administrator comes from here. */
#include "veha/factor.h"
#include "veha/password.h"
#include "veha/text.h"

#include "command.h"
#include "tenants/notify/letter.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GENERATED_SIZE = 15, TEXT_LONGEST = 200, REASON_LONGEST = 2000 };

static const char usage[] =
    "add --login LOGIN --name NAME --role ROLE [--tenant ID | --tenant-ogrn OGRN]... [--locale ru|en] "
    "[--email ADDRESS] [--informed] [--password-stdin] [--factor-stdin] | list | enable LOGIN | reset-factor LOGIN | "
    "erase LOGIN --reason REASON   [--config FILE]";

/* What the codes of refusals mean to an operator. */
static const struct command_sentence sentences[] = {
    {"login_taken", "somebody has that login already"},
    {"role_unknown", "there is no such role; there are region_admin, curator, coordinator, specialist and observer"},
    {"tenant_unknown", "there is no tenant with that id or OGRN"},
    {"region_missing", "the database has no region yet; run veha migrate first"},
    {"password_short", "the password is shorter than 12 characters"},
    {"password_long", "the password is longer than 128 characters"},
    {"password_common", "the password is among those that are tried first; take a longer or a stranger one"},
    {"not_utf8", "the password is not UTF-8 text"},
    {"person_unknown", "nobody has that login"},
    {0},
};

static const struct fault *mistake(struct pool *pool, const char *code, const char *sentence)
{
    return fault_detail(pool, FAULT_INVALID, code, "%s", sentence);
}

/* The document of one query; NULL with *fault set when it failed. */
static const json_t *ask(struct pool *pool, const struct config *config, const char *query, const char *const *values,
                         const struct fault **fault)
{
    return command_ask(command_db(pool, config, "veha user"), pool, query, values, fault);
}

/* ------------------------------------------------------------------------------------------------------------------ */

struct newcomer {
    const char *login, *name, *role, *locale, *email;
    json_t *tenants; /* [{"id"} or {"ogrn"}]; owned by the pool */
    bool password_from_stdin;
    bool factor_from_stdin;
    struct totp_secret factor;
    bool informed; /* has signed the notice about personal data on paper */
};

static void add_tenant(struct newcomer *newcomer, const char *member, const char *value)
{
    json_array_append_new(newcomer->tenants, json_pack("{s:s}", member, value));
}

/* Takes one option and its value; false when there is no such option. */
static bool take_option(struct newcomer *newcomer, const char *option, const char *value)
{
    const struct {
        const char *option;
        const char **place;
    } texts[] = {{"--login", &newcomer->login},
                 {"--name", &newcomer->name},
                 {"--role", &newcomer->role},
                 {"--locale", &newcomer->locale},
                 {"--email", &newcomer->email}};

    if (text_equal(option, "--tenant") && text_is_digits(value) && strlen(value) < 19) {
        add_tenant(newcomer, "id", value);
        return true;
    }
    if (text_equal(option, "--tenant-ogrn")) {
        add_tenant(newcomer, "ogrn", value);
        return true;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!text_equal(option, texts[i].option))
            continue;
        *texts[i].place = value;
        return true;
    }
    return false;
}

static bool take_options(struct newcomer *newcomer, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (text_equal(argv[i], "--password-stdin"))
            newcomer->password_from_stdin = true;
        else if (text_equal(argv[i], "--factor-stdin"))
            newcomer->factor_from_stdin = true;
        else if (text_equal(argv[i], "--informed"))
            newcomer->informed = true;
        else if (i + 1 == argc || !text_is_utf8(argv[i + 1], strlen(argv[i + 1])) ||
                 !take_option(newcomer, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return newcomer->login != NULL && newcomer->name != NULL && newcomer->role != NULL;
}

static const struct fault *tidy(struct pool *pool, struct newcomer *newcomer)
{
    newcomer->login = text_tidy(pool, newcomer->login);
    newcomer->name = text_tidy(pool, newcomer->name);
    if (*newcomer->login == '\0' || text_length(newcomer->login) > TEXT_LONGEST || strchr(newcomer->login, ' ') != NULL)
        return mistake(pool, "login", "a login is one word of at most 200 characters");
    if (*newcomer->name == '\0' || text_length(newcomer->name) > TEXT_LONGEST)
        return mistake(pool, "name", "a name has 1 to 200 characters");
    if (!text_equal(newcomer->locale, "ru") && !text_equal(newcomer->locale, "en"))
        return mistake(pool, "locale", "the locale is ru or en");
    if (newcomer->email != NULL && letter_address(pool, newcomer->email) == NULL)
        return mistake(pool, "email", "the e-mail address is none");
    return NULL;
}

/* One line of standard input without its end; NULL when there is none. */
static const char *read_line(struct pool *pool)
{
    char line[1024];

    if (fgets(line, sizeof line, stdin) == NULL)
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    return pool_copy(pool, line);
}

static const struct fault *read_password(struct pool *pool, const char **password)
{
    *password = read_line(pool);
    if (*password == NULL)
        return mistake(pool, "password", "there is no password on standard input");
    const char *weakness = password_weakness(*password);
    return weakness == NULL ? NULL : fault_new(pool, FAULT_INVALID, weakness);
}

/* Of an authenticator that was made ready beforehand, as hardware is. */
static const struct fault *read_factor(struct pool *pool, struct totp_secret *secret)
{
    const char *line = read_line(pool);

    return line != NULL && totp_secret_read(line, secret)
               ? NULL
               : mistake(pool, "factor", "there is no secret in base32, of 16 to 64 bytes, on standard input");
}

static const struct fault *give_factor(struct pool *pool, const struct config *config, const struct totp_secret *secret,
                                       const char *person)
{
    struct keyring keys;
    const struct fault *fault = keyring_load(pool, config_text(config, "tokens", "keys"), &keys);

    if (fault == NULL)
        ask(pool, config, "operator_factor_give",
            (const char *const[]){person, factor_seal(pool, &keys, person, secret)}, &fault);
    return fault;
}

static void tell(const struct newcomer *newcomer, const json_t *made, const char *generated)
{
    const json_t *tenants = json_object_get(made, "tenants");

    for (size_t i = 0; i < json_array_size(tenants); i++)
        printf("%s is %s of %s.\n", newcomer->login, newcomer->role,
               json_string_value(json_object_get(json_array_get(tenants, i), "name")));
    if (generated != NULL)
        printf("Password: %s\n", generated);
}

static const struct fault *add(struct pool *pool, const struct config *config, struct newcomer *newcomer)
{
    const struct fault *fault = tidy(pool, newcomer);
    const char *generated = newcomer->password_from_stdin ? NULL : text_random(pool, GENERATED_SIZE);
    const char *password = generated;

    if (fault == NULL && generated == NULL)
        fault = read_password(pool, &password);
    if (fault == NULL && newcomer->factor_from_stdin)
        fault = read_factor(pool, &newcomer->factor);
    if (fault != NULL)
        return command_explain(pool, sentences, fault);
    const char *tenants = pool_adopt(pool, json_dumps(newcomer->tenants, JSON_COMPACT), free);
    const char *const values[] = {
        newcomer->login, newcomer->name, newcomer->locale, password_hash(pool, password),
        newcomer->role,  tenants,        newcomer->email,  newcomer->informed ? "true" : "false"};
    const json_t *made = ask(pool, config, "person_add", values, &fault);
    if (fault != NULL)
        return command_explain(pool, sentences, fault);
    tell(newcomer, made, generated);
    return newcomer->factor_from_stdin
               ? give_factor(pool, config, &newcomer->factor, json_string_value(json_object_get(made, "person")))
               : NULL;
}

static const struct fault *reset_factor(struct pool *pool, const struct config *config, const char *login)
{
    const struct fault *fault = NULL;

    ask(pool, config, "operator_factor_reset", (const char *const[]){login}, &fault);
    if (fault == NULL)
        printf("%s signs in with the password alone the next time.\n", login);
    return command_explain(pool, sentences, fault);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* LOGIN, NAME and what each is where, parted by tabs. */
static const struct fault *list(struct pool *pool, const struct config *config)
{
    const struct fault *fault = NULL;
    const json_t *items = json_object_get(ask(pool, config, "person_roll", NULL, &fault), "items");

    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *person = json_array_get(items, i), *memberships = json_object_get(person, "memberships");
        printf("%s\t%s\t%s", text_of(person, "login"), text_of(person, "name"),
               json_is_true(json_object_get(person, "disabled")) ? "disabled" : "");
        for (size_t j = 0; j < json_array_size(memberships); j++) {
            const json_t *membership = json_array_get(memberships, j);
            printf("%s%s: %s", j == 0 ? "" : "; ", text_of(membership, "role"), text_of(membership, "tenant_name"));
        }
        putchar('\n');
    }
    return fault;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static bool is_reason(const char *text)
{
    return text_is_utf8(text, strlen(text)) && text_length(text) <= REASON_LONGEST &&
           text[strspn(text, " \t\r\n")] != '\0';
}

static const struct fault *erase(struct pool *pool, const struct config *config, const char *login, const char *reason)
{
    const struct fault *fault = NULL;

    if (!is_reason(reason))
        return mistake(pool, "reason", "a reason has 1 to 2000 characters; it is kept for ever, so let it name nobody");
    const char *const values[] = {login, text_tidy(pool, reason)};
    const json_t *erased = ask(pool, config, "person_erase", values, &fault);
    if (fault != NULL)
        return command_explain(pool, sentences, fault);
    printf("%s is from now on: %s\n", login, text_of(erased, "name"));
    return NULL;
}

static const struct fault *enable(struct pool *pool, const struct config *config, const char *login)
{
    const struct fault *fault = NULL;
    const char *const values[] = {text_tidy(pool, login)};

    if (ask(pool, config, "person_readmit", values, &fault) != NULL)
        printf("%s may sign in again.\n", values[0]);
    return command_explain(pool, sentences, fault);
}

int command_user(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    struct newcomer newcomer = {.locale = "ru", .tenants = pool_adopt(pool, json_array(), pool_release_json)};
    int status = EXIT_FAILURE;

    if (config != NULL && argc > 1 && text_equal(argv[1], "add") && take_options(&newcomer, argc, argv))
        status = command_end(argv[0], add(pool, config, &newcomer));
    else if (config != NULL && argc == 3 && text_equal(argv[1], "reset-factor"))
        status = command_end(argv[0], reset_factor(pool, config, argv[2]));
    else if (config != NULL && argc == 2 && text_equal(argv[1], "list"))
        status = command_end(argv[0], list(pool, config));
    else if (config != NULL && argc == 5 && text_equal(argv[1], "erase") && text_equal(argv[3], "--reason"))
        status = command_end(argv[0], erase(pool, config, argv[2], argv[4]));
    else if (config != NULL && argc == 3 && text_equal(argv[1], "enable") && text_is_utf8(argv[2], strlen(argv[2])))
        status = command_end(argv[0], enable(pool, config, argv[2]));
    else if (config != NULL)
        status = command_usage(argv[0], usage);
    pool_free(pool);
    return status;
}
