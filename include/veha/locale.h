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

/*
 * Loads every NAME.mo of directory, of which ru.mo must be one. The time zone ("Europe/Moscow") becomes that of the process (TZ), which
 * serves one region; an unknown one is refused. NULL after printing why.
 */
struct locale_set *locale_load(const char *directory, const char *zone);
void locale_set_free(struct locale_set *set);
/* Falls back to "ru"; without any set, to English without a catalogue. */
const struct locale *locale_find(const struct locale_set *set, const char *name);
/* The best of an Accept-Language header (RFC 9110 12.5.4), "ru" when nothing fits. */
const struct locale *locale_accept(const struct locale_set *set, const char *accept_language);
const char *locale_name(const struct locale *locale);

const char *locale_text(const struct locale *locale, const char *msgid);
const char *locale_code(const struct locale *locale, const char *context, const char *code); /* NULL when there is none */
const char *locale_plural(const struct locale *locale, const char *msgid, const char *msgid_plural, int64_t number);
/* What is no date or moment is shown as it is. A moment's date is that of the region's time zone. */
void locale_date(const struct locale *locale, const char *iso, struct buffer *out);   /* 1 декабря 2022 г. */
void locale_moment(const struct locale *locale, const char *iso, struct buffer *out); /* 1 декабря 2022 г., 14:05 */
void locale_number(const struct locale *locale, double number, int decimals, struct buffer *out);
void locale_percent(const struct locale *locale, double share, struct buffer *out); /* 0.534: 53,4 % */

#endif
