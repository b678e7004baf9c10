/*
 * look_many.c: looks at many addresses, one after another, as `veha probe` does, in one process.
 *
 *   look_many CONFIG < LIST     prints a line for each address: "refused CODE", or "STATE REASON"
 *
 * It exists to be linked twice, with the guard and without it (no_guard.c).
 */
#include "veha/config.h"
#include "veha/text.h"

#include "tenants/verify/verifier.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 4096 };

static void on_done(void *data, long held)
{
    (void)held;
    *(bool *)data = true;
}

static void look_at(struct verifier *verifier, const char *text)
{
    struct pool *pool = pool_new();
    struct network_address address;
    const char *code = network_address_read(verifier->networks, NULL, pool, text, &address);
    if (code != NULL) {
        printf("refused %s\n", code);
        pool_free(pool);
        return;
    }
    bool done = false;
    struct look *look = look_new(pool, &verifier->tools, address.network, address.key);
    const struct verifier_errand errand = {.network = address.network, .look = look, .done = on_done, .data = &done};
    verifier_drive(pool, verifier, &errand);
    while (!done)
        verifier_turn(verifier, NULL, 0, 1000);
    const json_t *reading = look_reading(look);
    const char *reason = json_string_value(json_object_get(reading, "reason"));
    printf("%s %s\n", reading_state(reading), reason == NULL ? "" : reason);
    pool_free(pool);
}

int main(int argc, char **argv)
{
    struct pool *pool = pool_new();
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    setvbuf(stdout, NULL, _IOLBF, 0);
    const struct config *config = argc == 2 ? config_load(pool, argv[1]) : NULL;
    struct verifier *verifier = config == NULL ? NULL : verifier_open(pool, config, NULL);
    char line[LINE_MOST];
    while (verifier != NULL && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        look_at(verifier, line);
    }
    pool_free(pool);
    return verifier == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}
