/* qr.h: a text as a QR code that a page can draw. */
#ifndef VEHA_QR_H
#define VEHA_QR_H

#include "veha/pool.h"

/*
 * The dark squares as the path data of an SVG whose view box is 0 0 SIZE SIZE, quiet zone included; digits, letters, blanks and minus signs only. *size gets
 * SIZE. NULL when the text is longer than a code can hold.
 */
const char *qr_path(struct pool *pool, const char *text, unsigned *size);

#endif
