/*
 * paint.h: lets a page be painted soon where the way to it is long.
 *
 * Whoever sees a page of ours for the first time gets the style sheet within it, and the cookie that says so; from then
 * on the sheet is in the browser's cache. On a telephone with two seconds to the first byte this is one wait instead of
 * two. Pages are compressed, too.
 */
#ifndef VEHA_WEB_PAINT_H
#define VEHA_WEB_PAINT_H

#include "exchange.h"

/* The sheet of our pages; NULL after printing that it is missing. */
const struct asset *paint_find(const struct asset_set *assets);

/* The policy of our pages, which allows exactly this one sheet within them. */
const char *paint_policy(struct pool *pool, const struct asset *sheet);

/* The sheet for a browser that does not have it yet, owned by the caller; JSON null for one that does, and for programs. */
json_t *paint_sheet(struct request *request);

/*
 * The same bytes with Content-Encoding: gzip, in the request's pool; the given ones where the browser does not ask for
 * that, or where another site may have led here. What such a site makes a page repeat, beside the page's secrets, would
 * tell them by the length of the answer (BREACH, CVE-2013-3587); the browser says who led (Sec-Fetch-Site).
 */
const char *paint_pack(struct request *request, const char *bytes, size_t *length);

#endif
