/*
 * template.h: Mustache (the official spec's six core files) over jansson, compiled at start.
 *
 * Everything is escaped. Unescaped tags ({{{x}}}, {{&x}}) are refused at load but for a whitelist given to template_load. False are null,
 * false, 0, "" and [], as well as what is not there. Beside the spec's tags there is one more, {{@formatter argument ...}}, whose
 * result is escaped as well; the formatters are a table (template_format.c):
 *   {{@t Sign in}}                    translated text (msgid is the English sentence); it may hold places filled from the context: {name},
 *                                     {name:formatter} with one of the formatters that take a single name, or {name@context} for a code
 *   {{@code step.status status}}      a code in words: catalogue context "step.status", msgid = value of `status`; may hold places, too
 *   {{@count tenants %d tenant|%d tenants}}   plural of the number `tenants`: msgid and msgid_plural parted by |
 *   {{@date due_on}} {{@moment at}} {{@number n}}   in the reader's locale and the region's time zone
 *   {{@percent share}}                0.534 is 53.4 %
 *   {{@shift change}}                 +3 or −2
 *   {{@asset site.css}}               the address of a file of the manifest: /assets/site-HASH.css
 *   {{@when status verified selected}}   the last words (which may hold places) where the value is equal to the second word
 *   {{@same status filter.status selected}}   the last words where two values are equal
 *   {{@url search}}                   percent-encoded for a query
 *   {{@link url}}                     an address of the web as it is, anything else as nothing: for href
 */
#ifndef VEHA_TEMPLATE_H
#define VEHA_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>

#include "veha/locale.h"
#include "veha/pool.h"
#include "veha/text.h"

struct template_set;

/*
 * Compiles every *.html and *.txt below directory (partials are named by path without the ending). In *.txt, which is plain text, nothing is
 * escaped. NULL after printing FILE:LINE: reason.
 */
struct template_set *template_load(const char *directory, const char *const *unescaped);
void template_free(struct template_set *set);

/*
 * What {{@asset}} refers to: the manifest of the asset build, {"site.css":{"file":"site-HASH.css",...},...}, copied. False after
 * printing FILE:LINE: reason for every asset a template names and the manifest lacks.
 */
bool template_use_assets(struct template_set *set, const json_t *manifest);

/* Appends the page to out; false, logged, when there is no such page or it does not end (out then holds a part). */
bool template_render(const struct template_set *set, const char *page, const json_t *data, const struct locale *locale,
                     struct buffer *out);

/* Appends what {{@code CONTEXT name}} shows, unescaped, where data holds that code as `name`. */
void template_code(const struct locale *locale, const char *context, const char *code, const json_t *data, struct buffer *out);

/*
 * One template given as text, with its partials as an object name → text (NULL: none; a missing one is empty): for tests and messages.
 * NULL with *reason, a static string, on a mistake.
 */
char *template_expand(struct pool *pool, const char *text, const json_t *partials, const json_t *data,
                      const struct locale *locale, bool unescaped_allowed, const char **reason);

#endif
