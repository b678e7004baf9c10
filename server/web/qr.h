/* qr.h: a text as a picture that a telephone's camera reads. */
#ifndef VEHA_WEB_QR_H
#define VEHA_WEB_QR_H

#include "veha/pool.h"

/* An SVG as a data: address for the src of an img, in pool; NULL when the text is too long for a code (some 2,000 bytes). */
const char *qr_image(struct pool *pool, const char *text);

#endif
