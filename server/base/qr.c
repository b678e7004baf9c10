/* qr.c: draws QR codes as one SVG path, a run of dark squares at a time. */
#include "veha/qr.h"

#include "veha/text.h"

#include <qrencode.h>

enum { QUIET = 4 /* what ISO/IEC 18004 wants around a code */ };

static void draw_row(struct buffer *path, const QRcode *code, int row)
{
    const unsigned char *squares = code->data + (size_t)row * (size_t)code->width;
    for (int from = 0, to; from < code->width; from = to) {
        for (to = from; to < code->width && (squares[to] & 1) == (squares[from] & 1); to++)
            ;
        if ((squares[from] & 1) != 0)
            buffer_print(path, "M%d %dh%dv1h-%dz", from + QUIET, row + QUIET, to - from, to - from);
    }
}

const char *qr_path(struct pool *pool, const char *text, unsigned *size)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    struct buffer path = {0};

    if (code == NULL)
        return NULL;
    for (int row = 0; row < code->width; row++)
        draw_row(&path, code, row);
    *size = (unsigned)code->width + 2 * QUIET;
    const char *kept = pool_copy_length(pool, path.bytes, path.length);
    buffer_free(&path);
    QRcode_free(code);
    return kept;
}
