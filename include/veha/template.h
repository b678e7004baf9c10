/*
 * template.h: Mustache (the official spec's six core files) over jansson, compiled at start.
 *
 * Everything is escaped. Unescaped tags ({{{x}}}, {{&x}}) are refused at load but for a whitelist given to template_load. Beside the spec's tags there is
 * one more, {{@formatter argument ...}}, whose result is escaped as well; the formatters are a table (template_format.c):
 *   {{@t Sign in}}                    translated text (msgid is the English sentence; may hold {name} places filled from the context)
 *   {{@code step.status status}}      a code in words: catalogue context "step.status", msgid = value of `status`
 *   {{@count tenants %d tenant|%d tenants}}   plural of the number `tenants`: msgid and msgid_plural parted by |
 *   {{@date due_on}} {{@moment at}} {{@number n}} {{@percent share}}   in the reader's locale and the region's time zone
 */
#ifndef VEHA_TEMPLATE_H
#define VEHA_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>

#include "veha/locale.h"
#include "veha/pool.h"
#include "veha/text.h"

struct template_set;

/* Compiles every *.html below directory (partials are named by path without .html). NULL after printing FILE:LINE: reason. */
struct template_set *template_load(const char *directory, const char *const *unescaped);
void template_free(struct template_set *set);

/* Appends the page to out; false when there is no such page. */
bool template_render(const struct template_set *set, const char *page, const json_t *data, const struct locale *locale,
                     struct buffer *out);

/* One template given as text, with its partials as an object name → text: for tests and messages. NULL with *reason on a mistake. */
char *template_expand(struct pool *pool, const char *text, const json_t *partials, const json_t *data,
                      const struct locale *locale, bool unescaped_allowed, const char **reason);

#endif
