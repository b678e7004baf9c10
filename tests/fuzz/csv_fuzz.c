/*
 * csv_fuzz.c reads whatever comes as a register.
 *
 * Every row is in, refused or repeated, and none is lost; what goes on to the database is JSON, its founders come
 * before what stands below them, and no ОГРН goes in twice.
 */
#include "../../tenants/exchange/register.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct network_set *networks;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8");
    networks = network_load("templates/networks");
    return networks == NULL ? (abort(), 1) : 0;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_row(const struct register_row *row, json_t *numbers)
{
    struct buffer text = {0};
    register_print_row(row, &text);
    json_t *printed = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, NULL);
    require(printed != NULL);
    json_decref(printed);
    buffer_free(&text);
    require(row->above == NULL || (!row->above->refused && row->above->depth + 1 == row->depth));
    if (row->ogrn == NULL)
        return;
    require(json_object_get(numbers, row->ogrn) == NULL);
    json_object_set_new(numbers, row->ogrn, json_true());
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pool *pool = pool_new();
    const struct import_options options = {.networks = networks, .region = "Тверская область"};
    struct import_register read;
    if (register_read(pool, &options, (const char *)bytes, size, &read) == NULL) {
        register_settle(&read);
        json_t *numbers = json_object();
        size_t in = 0;
        for (size_t i = 0; i < read.row_count; i++) {
            if (read.rows[i]->refused)
                continue;
            check_row(read.rows[i], numbers);
            in++;
        }
        json_decref(numbers);
        require(in + read.refused + read.repeated == read.rows_told);
    }
    pool_free(pool);
    return 0;
}
