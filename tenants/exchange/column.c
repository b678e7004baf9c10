/* column.c: the table of column titles seen in regional registers. */
#include "column.h"

#include "veha/text.h"

#include <stdbool.h>
#include <string.h>

static const char *const names[COLUMNS] = {
    [COLUMN_NAME] = "name",
    [COLUMN_SHORT_NAME] = "short_name",
    [COLUMN_OGRN] = "ogrn",
    [COLUMN_INN] = "inn",
    [COLUMN_KIND] = "kind",
    [COLUMN_FOUNDER] = "founder",
    [COLUMN_FOUNDER_OGRN] = "founder_ogrn",
    [COLUMN_FOUNDER_INN] = "founder_inn",
    [COLUMN_LEVEL] = "level",
    [COLUMN_SPHERE_1] = "sphere_1",
    [COLUMN_SPHERE_2] = "sphere_2",
    [COLUMN_SPHERE_3] = "sphere_3",
    [COLUMN_CATEGORY] = "category",
    [COLUMN_STATUS] = "status",
    [COLUMN_GROUND] = "ground",
    [COLUMN_RESPONSIBLE] = "responsible",
    [COLUMN_CONFIRMED] = "confirmed",
    [COLUMN_VK] = "vk",
    [COLUMN_OK] = "ok",
    [COLUMN_TELEGRAM] = "telegram",
    [COLUMN_MAX] = "max",
    [COLUMN_SITE] = "site",
    [COLUMN_ACCOUNTS] = "accounts",
    [COLUMN_REGION] = "region",
    [COLUMN_KPP] = "kpp",
    [COLUMN_POST_ADDRESS] = "post_address",
    [COLUMN_PHONE] = "phone",
    [COLUMN_EMAIL] = "email",
    [COLUMN_COMMENT] = "comment",
    [COLUMN_GROUND_COMMENT] = "ground_comment",
    [COLUMN_VK_ID] = "vk_id",
    [COLUMN_NUMBER] = "number",
};

/* Titles as column_find compares them: folded, letters and digits only. */
static const struct {
    enum column column;
    const char *title;
} titles[] = {
    {COLUMN_NAME, "полное наименование объекта"},
    {COLUMN_NAME, "полное наименование"},
    {COLUMN_NAME, "полное наименование организации"},
    {COLUMN_NAME, "полное наименование учреждения"},
    {COLUMN_NAME, "наименование объекта"},
    {COLUMN_NAME, "наименование организации"},
    {COLUMN_NAME, "наименование учреждения"},
    {COLUMN_NAME, "наименование"},
    {COLUMN_NAME, "название организации"},
    {COLUMN_NAME, "название"},
    {COLUMN_NAME, "организация"},
    {COLUMN_SHORT_NAME, "сокращенное наименование"},
    {COLUMN_SHORT_NAME, "сокращенное наименование объекта"},
    {COLUMN_SHORT_NAME, "сокращенное наименование организации"},
    {COLUMN_SHORT_NAME, "краткое наименование"},
    {COLUMN_SHORT_NAME, "краткое наименование организации"},
    {COLUMN_SHORT_NAME, "краткое название"},
    {COLUMN_OGRN, "огрн"},
    {COLUMN_OGRN, "огрн организации"},
    {COLUMN_OGRN, "огрн объекта"},
    {COLUMN_OGRN, "огрн огрнип"},
    {COLUMN_INN, "инн"},
    {COLUMN_INN, "инн организации"},
    {COLUMN_INN, "инн объекта"},
    {COLUMN_KIND, "вид объекта"},
    {COLUMN_KIND, "вид организации"},
    {COLUMN_KIND, "тип объекта"},
    {COLUMN_KIND, "тип организации"},
    {COLUMN_FOUNDER, "учредитель"},
    {COLUMN_FOUNDER, "наименование учредителя"},
    {COLUMN_FOUNDER, "вышестоящая организация"},
    {COLUMN_FOUNDER, "головная организация"},
    {COLUMN_FOUNDER_OGRN, "огрн учредителя"},
    {COLUMN_FOUNDER_OGRN, "огрн вышестоящей организации"},
    {COLUMN_FOUNDER_OGRN, "огрн головной организации"},
    {COLUMN_FOUNDER_INN, "инн учредителя"},
    {COLUMN_FOUNDER_INN, "инн вышестоящей организации"},
    {COLUMN_FOUNDER_INN, "инн головной организации"},
    {COLUMN_LEVEL, "уровень"},
    {COLUMN_LEVEL, "уровень учредителя"},
    {COLUMN_LEVEL, "уровень власти"},
    {COLUMN_SPHERE_1, "сфера 1"},
    {COLUMN_SPHERE_1, "сфера"},
    {COLUMN_SPHERE_1, "сфера деятельности"},
    {COLUMN_SPHERE_1, "отрасль"},
    {COLUMN_SPHERE_2, "сфера 2"},
    {COLUMN_SPHERE_3, "сфера 3"},
    {COLUMN_CATEGORY, "категория"},
    {COLUMN_CATEGORY, "категория госпаблика"},
    {COLUMN_CATEGORY, "категория страницы"},
    {COLUMN_STATUS, "статус"},
    {COLUMN_STATUS, "статус госпаблика"},
    {COLUMN_GROUND, "официальная страница не ведется на основании"},
    {COLUMN_GROUND, "страница не ведется на основании"},
    {COLUMN_GROUND, "не ведется на основании"},
    {COLUMN_GROUND, "основание для неведения"},
    {COLUMN_GROUND, "основание"},
    {COLUMN_GROUND, "причина отсутствия"},
    {COLUMN_RESPONSIBLE, "назначен ответственный"},
    {COLUMN_RESPONSIBLE, "ответственный назначен"},
    {COLUMN_RESPONSIBLE, "ответственный"},
    {COLUMN_CONFIRMED, "страница подтверждена"},
    {COLUMN_CONFIRMED, "официальная страница подтверждена"},
    {COLUMN_VK, "ссылка на официальную страницу вконтакте"},
    {COLUMN_VK, "ссылка на страницу вконтакте"},
    {COLUMN_VK, "ссылка на официальную страницу вк"},
    {COLUMN_VK, "ссылка на вконтакте"},
    {COLUMN_VK, "ссылка на вк"},
    {COLUMN_VK, "страница вконтакте"},
    {COLUMN_VK, "вконтакте"},
    {COLUMN_VK, "вк"},
    {COLUMN_VK, "vk"},
    {COLUMN_OK, "ссылка на официальную страницу одноклассники"},
    {COLUMN_OK, "ссылка на официальную страницу в одноклассниках"},
    {COLUMN_OK, "ссылка на страницу одноклассники"},
    {COLUMN_OK, "ссылка на страницу в одноклассниках"},
    {COLUMN_OK, "ссылка на одноклассники"},
    {COLUMN_OK, "ссылка на ок"},
    {COLUMN_OK, "одноклассники"},
    {COLUMN_OK, "ок"},
    {COLUMN_OK, "ok"},
    {COLUMN_TELEGRAM, "ссылка на официальную страницу telegram"},
    {COLUMN_TELEGRAM, "ссылка на официальную страницу телеграм"},
    {COLUMN_TELEGRAM, "ссылка на официальную страницу в telegram"},
    {COLUMN_TELEGRAM, "ссылка на telegram"},
    {COLUMN_TELEGRAM, "ссылка на телеграм"},
    {COLUMN_TELEGRAM, "telegram"},
    {COLUMN_TELEGRAM, "телеграм"},
    {COLUMN_TELEGRAM, "телеграмм"},
    {COLUMN_TELEGRAM, "тг"},
    {COLUMN_MAX, "ссылка на официальную страницу max"},
    {COLUMN_MAX, "ссылка на официальную страницу в max"},
    {COLUMN_MAX, "ссылка на канал max"},
    {COLUMN_MAX, "ссылка на max"},
    {COLUMN_MAX, "max"},
    {COLUMN_MAX, "макс"},
    {COLUMN_SITE, "официальный сайт"},
    {COLUMN_SITE, "официальный сайт организации"},
    {COLUMN_SITE, "ссылка на официальный сайт"},
    {COLUMN_SITE, "адрес официального сайта"},
    {COLUMN_SITE, "адрес сайта"},
    {COLUMN_SITE, "ссылка на сайт"},
    {COLUMN_SITE, "сайт организации"},
    {COLUMN_SITE, "сайт"},
    {COLUMN_ACCOUNTS, "официальные страницы"},
    {COLUMN_ACCOUNTS, "ссылки на официальные страницы"},
    {COLUMN_ACCOUNTS, "ссылка на официальную страницу"},
    {COLUMN_ACCOUNTS, "страницы в социальных сетях"},
    {COLUMN_ACCOUNTS, "социальные сети"},
    {COLUMN_ACCOUNTS, "соцсети"},
    {COLUMN_ACCOUNTS, "госпаблик"},
    {COLUMN_ACCOUNTS, "госпаблики"},
    {COLUMN_REGION, "регион"},
    {COLUMN_REGION, "субъект"},
    {COLUMN_REGION, "субъект рф"},
    {COLUMN_KPP, "кпп"},
    {COLUMN_POST_ADDRESS, "адрес"},
    {COLUMN_POST_ADDRESS, "почтовый адрес"},
    {COLUMN_POST_ADDRESS, "юридический адрес"},
    {COLUMN_POST_ADDRESS, "фактический адрес"},
    {COLUMN_PHONE, "телефон"},
    {COLUMN_PHONE, "контактный телефон"},
    {COLUMN_EMAIL, "электронная почта"},
    {COLUMN_EMAIL, "адрес электронной почты"},
    {COLUMN_EMAIL, "эл почта"},
    {COLUMN_EMAIL, "e mail"},
    {COLUMN_EMAIL, "email"},
    {COLUMN_COMMENT, "комментарий"},
    {COLUMN_COMMENT, "комментарии"},
    {COLUMN_COMMENT, "примечание"},
    {COLUMN_GROUND_COMMENT, "комментарий по нпа"},
    {COLUMN_VK_ID, "id госпаблика"},
    {COLUMN_VK_ID, "id госпаблика вконтакте"},
    {COLUMN_NUMBER, "п п"},
    {COLUMN_NUMBER, "пп"},
    {COLUMN_NUMBER, "номер"},
};

const char *column_name(enum column column)
{
    return names[column];
}

/* Every run of what is neither letter nor digit becomes one space. */
static char *title_fold(struct pool *pool, const char *title)
{
    char *folded = text_fold(pool, title);
    char *out = folded;
    bool gap = false;
    for (const char *in = folded; *in != '\0';) {
        unsigned char byte = (unsigned char)*in;
        bool latin = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        bool cyrillic = byte == 0xD0 || byte == 0xD1;
        if (!latin && !cyrillic) {
            gap = gap || out != folded;
            in++;
            continue;
        }
        if (gap)
            *out++ = ' ';
        gap = false;
        *out++ = *in++;
        if (cyrillic && *in != '\0')
            *out++ = *in++;
    }
    *out = '\0';
    return folded;
}

enum column column_find(struct pool *pool, const char *title)
{
    const char *folded = title_fold(pool, title);
    if (*folded == '\0')
        return strstr(title, "№") == NULL ? COLUMNS : COLUMN_NUMBER;
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (strcmp(titles[i].title, folded) == 0)
            return titles[i].column;
    return COLUMNS;
}

/* The quotes of veha.fold(), each becoming a space. */
static size_t quote_length(const char *at)
{
    static const char *const quotes[] = {"«", "»", "\"", "„", "“", "”", "'"};
    if (strchr("\"'\xC2\xE2", *at) == NULL) /* the first bytes of all of them */
        return 0;
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
        if (text_starts(at, quotes[i]))
            return strlen(quotes[i]);
    return 0;
}

const char *name_fold(struct pool *pool, const char *name)
{
    char *folded = text_fold(pool, name);
    char *out = folded;
    for (const char *in = folded; *in != '\0';) {
        size_t quote = quote_length(in);
        if (quote > 0)
            *out++ = ' ';
        else
            *out++ = *in++;
        in += quote;
    }
    *out = '\0';
    return text_tidy(pool, folded);
}
