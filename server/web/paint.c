/* paint.c: the style sheet within the first page, and pages that are compressed. */
#include "paint.h"

#include "veha/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

static const char sheet_name[] = "site.css";
static const char sheet_cookie[] = "__Host-sheet";

/* PACK_LEAST: what fits into one packet anyway. GZIP: zlib's own sign for that format, added to the window's size. */
enum { SHEET_SECONDS = 365 * 24 * 60 * 60, PACK_LEAST = 1200, PACK_LEVEL = 4, PACK_MEMORY = 8, GZIP = 16 };

#define POLICY_BEFORE "default-src 'none'; script-src 'self'; style-src 'self'"
#define POLICY_AFTER                                                                                                   \
    "; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "               \
    "frame-ancestors 'none'"

const struct asset *paint_find(const struct asset_set *assets)
{
    const char *file = json_string_value(json_object_get(json_object_get(asset_manifest(assets), sheet_name), "file"));
    const struct asset *sheet = file == NULL ? NULL : asset_find(assets, file);

    if (sheet == NULL)
        fprintf(stderr, "veha: the assets lack %s.\n", sheet_name);
    return sheet;
}

const char *paint_policy(struct pool *pool, const struct asset *sheet)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];

    crypto_hash_sha256(hash, (const unsigned char *)sheet->plain.bytes, sheet->plain.length);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    return pool_print(pool, POLICY_BEFORE " 'sha256-%s'" POLICY_AFTER, text);
}

json_t *paint_sheet(struct request *request)
{
    const struct asset *sheet = request->server->sheet;
    const char *known = request_cookie(request, sheet_cookie);

    if (request->caller->proof == CALLER_BEARER || (known != NULL && text_equal(known, sheet->name)))
        return json_null();
    if (!reply_is_shared(request)) /* a cache keeps nobody's cookies */
        request_set_cookie(request, sheet_cookie, sheet->name, SHEET_SECONDS);
    return json_stringn(sheet->plain.bytes, sheet->plain.length);
}

static bool is_led_by_us(struct request *request)
{
    const char *site = request_header(request, "sec-fetch-site");
    return site != NULL && (text_equal(site, "same-origin") || text_equal(site, "none"));
}

const char *paint_pack(struct request *request, const char *bytes, size_t *length)
{
    z_stream stream = {.next_in = (const unsigned char *)bytes, .avail_in = (unsigned)*length};

    if (*length < PACK_LEAST || !accept_coding(request_header(request, "accept-encoding"), "gzip") ||
        !is_led_by_us(request) ||
        deflateInit2(&stream, PACK_LEVEL, Z_DEFLATED, MAX_WBITS + GZIP, PACK_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return bytes;
    size_t room = deflateBound(&stream, *length);
    stream.next_out = pool_alloc(request->pool, room);
    stream.avail_out = (unsigned)room;
    const char *packed = (const char *)stream.next_out;
    bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    if (whole) {
        *length = stream.total_out;
        request_set_header(request, "content-encoding", "gzip");
    }
    deflateEnd(&stream);
    return whole ? packed : bytes;
}
