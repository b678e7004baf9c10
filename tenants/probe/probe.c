/* probe.c: the table of API adapters, and their settings. */
#include "probe.h"

#include "veha/text.h"

const struct probe *const probes[] = {&probe_vk, &probe_ok, &probe_max, NULL};

const struct probe *probe_find(const char *kind)
{
    for (size_t i = 0; kind != NULL && probes[i] != NULL; i++)
        if (text_equal(probes[i]->kind, kind))
            return probes[i];
    return NULL;
}

const char *const *probe_tokens(const struct probe *probe, const struct config *config, struct pool *pool)
{
    static const char *const none[] = {NULL};
    return probe == NULL ? none : config_list(config, pool, probe->kind, probe->tokens);
}

const char *probe_setting(const struct probe_look *look, const char *key)
{
    const struct look_setting *setting = look->tools->settings;
    for (; setting != NULL && setting->kind != NULL; setting++)
        if (text_equal(setting->kind, look->probe->kind) && text_equal(setting->key, key))
            return setting->value == NULL ? "" : setting->value;
    return "";
}
