/* qr.c: draws QR codes as SVG. */
#include "qr.h"

#include "veha/text.h"

#include <qrencode.h>
#include <sodium.h>

enum { MARGIN = 4, VARIANT = sodium_base64_VARIANT_ORIGINAL };

static void release_code(void *code)
{
    QRcode_free(code);
}

static bool is_dark(const QRcode *code, int x, int y)
{
    return x < code->width && (code->data[y * code->width + x] & 1) != 0;
}

/* Each run of dark modules of a row is one stroke. */
static void draw_row(struct buffer *out, const QRcode *code, int y)
{
    for (int x = 0; x < code->width; x++) {
        int begin = x;
        while (is_dark(code, x, y))
            x++;
        if (x > begin)
            buffer_print(out, "M%d %dh%d", begin + MARGIN, y + MARGIN, x - begin);
    }
}

static void draw(struct buffer *out, const QRcode *code)
{
    int size = code->width + 2 * MARGIN;

    buffer_print(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 -.5 %d %d\" shape-rendering=\"crispEdges\">"
                 "<path fill=\"#fff\" d=\"M0-.5h%dv%dH0z\"/><path stroke=\"#000\" d=\"",
                 size, size, size, size);
    for (int y = 0; y < code->width; y++)
        draw_row(out, code, y);
    buffer_text(out, "\"/></svg>");
}

const char *qr_image(struct pool *pool, const char *text)
{
    const QRcode *code = pool_adopt(pool, QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M), release_code);
    struct buffer out = {0};

    if (code == NULL)
        return NULL;
    draw(&out, code);
    size_t room = sodium_base64_ENCODED_LEN(out.length, VARIANT);
    const char *base64 =
        sodium_bin2base64(pool_alloc(pool, room), room, (const unsigned char *)out.bytes, out.length, VARIANT);
    buffer_free(&out);
    return pool_print(pool, "data:image/svg+xml;base64,%s", base64);
}
