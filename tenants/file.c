/* file.c: takes files in as what they are, and hands them out so that nothing in them can act. */
#include "file.h"

#include "veha/query.h"
#include "veha/text.h"

#include "file_kind.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

enum { PART_BYTES = 262144 }; /* of sql/migrations/0025_file.sql */

/* Whatever a browser makes of the bytes, it runs nothing, loads nothing and belongs to no site. */
static const char policy[] =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

void file_upload(struct request *request)
{
    struct pool *pool = request_pool(request);
    const struct upload *upload = request_upload(request);
    const char *kind = NULL;
    struct fault *fault = NULL;
    const char *code = file_kind_sniff(upload->bytes, upload->length, &kind);

    if (code != NULL) {
        fault_add(pool, &fault, upload->field, code);
        request_fault(request, fault);
        return;
    }
    size_t room = sodium_base64_ENCODED_LEN(upload->length, sodium_base64_VARIANT_ORIGINAL);
    char *content = pool_alloc(pool, room);
    sodium_bin2base64(content, room, (const unsigned char *)upload->bytes, upload->length,
                      sodium_base64_VARIANT_ORIGINAL);
    request_argument_set(request, "kind", kind);
    request_argument_set(request, "name", file_kind_name(pool, kind, upload->name));
    request_argument_set(request, "content", content);
    request_run(request);
}

/* A file on its way out, a part at a time. */
struct download {
    struct request *request;
    unsigned char *part; /* room for one, over and over again */
    unsigned number;     /* of the next one */
};

static void on_part(void *data, const struct unit_result *result)
{
    struct download *download = data;
    size_t length = 0;

    if (result->fault != NULL || result->document == NULL ||
        sodium_base642bin(download->part, PART_BYTES, result->document, result->document_length, "\n", &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        length = 0;
    request_part(download->request, (const char *)download->part, length);
}

/* Each part is a unit of its own on the lane of what may take long: whoever reads a file holds up no page. */
static void ask_part(struct request *request, void *data)
{
    struct download *download = data;
    const char *const values[] = {request_argument(request, "id"), request_argument(request, "file"),
                                  pool_print(request_pool(request), "%u", download->number++)};
    const struct unit_statement statement = {.query = query_find("file_part"), .values = values};
    const struct unit_request unit = {.lane = LANE_SLOW, .statements = &statement, .statement_count = 1};
    request_unit(request, &unit, on_part, download);
}

static void send_file(struct request *request, const json_t *told)
{
    struct pool *pool = request_pool(request);
    const char *kind = json_string_value(json_object_get(told, "kind"));
    const char *name = json_string_value(json_object_get(told, "name"));
    const char *media = json_string_value(json_object_get(told, "media"));
    const char *tag = pool_print(pool, "\"%s\"", json_string_value(json_object_get(told, "sha256")));
    struct download *download = pool_alloc(pool, sizeof *download);

    *download = (struct download){.request = request, .part = pool_alloc(pool, PART_BYTES)};
    request_set_header(request, "content-security-policy", policy);
    request_set_header(request, "content-disposition", file_kind_disposition(pool, kind, name));
    request_reply_parts(request, media, tag, (size_t)json_integer_value(json_object_get(told, "bytes")), ask_part,
                        download);
}

static void on_file(void *data, const struct unit_result *result)
{
    const json_t *told = request_document(data, result);

    if (told != NULL)
        send_file(data, told);
}

void file_download(struct request *request)
{
    const char *const values[] = {request_argument(request, "id"), request_argument(request, "key"),
                                  request_argument(request, "file")};
    const struct unit_statement statement = {.query = query_find("file_show"), .values = values};
    const struct unit_request unit = {.lane = LANE_SLOW, .statements = &statement, .statement_count = 1};
    request_unit(request, &unit, on_file, request);
}
