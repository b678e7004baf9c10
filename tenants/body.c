/* body.c: unpacks a kept body and hands it out as what it is: bytes of strangers, to be saved and never shown. */
#include "body.h"

#include "veha/query.h"

#include "tenants/verify/evidence.h"

static void send_body(struct request *request, const json_t *told)
{
    struct pool *pool = request_pool(request);
    size_t length = (size_t)json_integer_value(json_object_get(told, "length"));
    const char *hash = json_string_value(json_object_get(told, "hash"));
    const char *bytes = evidence_unpack(pool, json_string_value(json_object_get(told, "packed")), length);
    if (bytes == NULL) {
        request_fault(request, fault_detail(pool, FAULT_INTERNAL, NULL, "the kept body %s is spoilt", hash));
        return;
    }
    request_set_header(request, "content-disposition", pool_print(pool, "attachment; filename=\"%.16s.bin\"", hash));
    request_reply_bytes(request, 200, "application/octet-stream", bytes, length);
}

static void on_body(void *data, const struct unit_result *result)
{
    const json_t *told = request_document(data, result);

    if (told != NULL)
        send_body(data, told);
}

void body_download(struct request *request)
{
    const char *const values[] = {request_argument(request, "request"), request_argument(request, "id"),
                                  request_argument(request, "look")};
    const struct unit_statement statement = {.query = query_find("look_body"), .values = values};
    const struct unit_request unit = {.lane = LANE_READ, .statements = &statement, .statement_count = 1};
    request_unit(request, &unit, on_body, request);
}
