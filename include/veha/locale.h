/*
 * locale.h: gettext catalogues (.mo, made from templates/locales/NAME.po by msgfmt), two or more at once in one thread.
 *
 * msgids are English sentences, or codes under a context ("fault", "step.status", ...). A missing message shows its msgid and is logged once.
 */
#ifndef VEHA_LOCALE_H
#define VEHA_LOCALE_H

#include <stdbool.h>
#include <stdint.h>

#include "veha/pool.h"
#include "veha/text.h"

struct locale;
struct locale_set;

struct locale_set *locale_load(const char *directory, const char *timezone); /* NULL after printing why */
void locale_set_free(struct locale_set *set);
const struct locale *locale_find(const struct locale_set *set, const char *name); /* falls back to "ru" */
/* The best of an Accept-Language header (RFC 9110 12.5.4), "ru" when nothing fits. */
const struct locale *locale_accept(const struct locale_set *set, const char *accept_language);
const char *locale_name(const struct locale *locale);

const char *locale_text(const struct locale *locale, const char *msgid);
const char *locale_code(const struct locale *locale, const char *context, const char *code); /* NULL when there is none */
const char *locale_plural(const struct locale *locale, const char *msgid, const char *msgid_plural, int64_t number);
void locale_date(const struct locale *locale, const char *iso, struct buffer *out);   /* 1 декабря 2022 г. */
void locale_moment(const struct locale *locale, const char *iso, struct buffer *out); /* 1 декабря 2022 г., 14:05 */
void locale_number(const struct locale *locale, double number, int decimals, struct buffer *out);

#endif
