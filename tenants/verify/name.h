/* name.h: how much of a registered name the name of an account says. */
#ifndef VERIFY_NAME_H
#define VERIFY_NAME_H

#include "veha/pool.h"

#include <jansson.h>
#include <stdbool.h>

struct name_match {
    int share;           /* per cent of the significant words of the best form */
    size_t words;        /* how many these are */
    const char *form;    /* that form: the short name, the full one, or the part in quotes */
    json_t *missing;     /* its significant words that were not said; owned by the pool */
    bool number_differs; /* both say a number ("№ 4"), and not the same */
    bool may_be_short;   /* it may be a short name: that in the innermost quotes («Радуга»), kind and number
                            («Школа № 7»), or what says nothing but words of the name */
    bool territory_said; /* all is said but that it is the administration: the name of its land, or of one that begins
                            alike */
};

/*
 * Compares what an account calls itself with the names of the register (short_name may be NULL). Words are compared
 * without case, ё = е, and without their endings; legal forms and words like «район» do not count; «КЦСОН» says the
 * words whose initials it is, «соцзащиты» says «социальной защиты», «спец.» says «специальный», «первая» says № 1, and
 * «Мои документы» say a multifunctional centre.
 */
void name_compare(struct pool *pool, const char *shown, const char *name, const char *short_name,
                  struct name_match *match);

#endif
