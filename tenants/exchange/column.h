/* column.h: the columns of the registers people bring, by the many titles they have. */
#ifndef VEHA_TENANTS_EXCHANGE_COLUMN_H
#define VEHA_TENANTS_EXCHANGE_COLUMN_H

#include "veha/pool.h"

#include <stddef.h>

enum column {
    COLUMN_NAME,
    COLUMN_SHORT_NAME,
    COLUMN_OGRN,
    COLUMN_INN,
    COLUMN_KIND,
    COLUMN_FOUNDER,
    COLUMN_FOUNDER_OGRN,
    COLUMN_FOUNDER_INN,
    COLUMN_LEVEL,
    COLUMN_SPHERE_1,
    COLUMN_SPHERE_2,
    COLUMN_SPHERE_3,
    COLUMN_CATEGORY,
    COLUMN_STATUS,
    COLUMN_GROUND,
    COLUMN_RESPONSIBLE,
    COLUMN_CONFIRMED,
    COLUMN_VK,
    COLUMN_OK,
    COLUMN_TELEGRAM,
    COLUMN_MAX,
    COLUMN_SITE,
    COLUMN_ACCOUNTS, /* addresses of any network */
    COLUMN_REGION,
    COLUMN_KPP,
    COLUMN_POST_ADDRESS,
    COLUMN_PHONE,
    COLUMN_EMAIL,
    COLUMN_COMMENT,
    COLUMN_GROUND_COMMENT,
    COLUMN_VK_ID,
    COLUMN_NUMBER, /* the row's own number: says nothing */
    COLUMNS
};

/* What a column is called in reports and in the database's answers: "founder_ogrn". */
const char *column_name(enum column column);

/* The column of a title in any case, spacing and punctuation; COLUMNS when it is none of ours. */
enum column column_find(struct pool *pool, const char *title);

/* The form in which names are compared: lower case, ё as е, quotes and doubled spaces gone; as veha.fold() of the
 * database. */
const char *name_fold(struct pool *pool, const char *name);

#endif
