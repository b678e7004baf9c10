/* design.c: shows the parts of pages with the sample documents of templates/pages/design.json. */
#include "design.h"

#include "veha/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *sample; /* JSON; NULL: the page is off */

bool design_load(const struct config *config)
{
    if (!config_switch(config, "web", "design"))
        return true;
    struct pool *pool = pool_new();
    const char *path = pool_print(pool, "%s/pages/design.json", config_text(config, "templates", "directory"));
    json_error_t error;
    json_t *document = pool_adopt(pool, json_load_file(path, JSON_REJECT_DUPLICATES, &error), pool_release_json);
    char *fresh = document == NULL ? NULL : json_dumps(document, JSON_COMPACT);

    if (fresh == NULL)
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
    pool_free(pool);
    if (fresh == NULL)
        return false;
    free(sample);
    sample = fresh;
    return true;
}

void design_show(struct request *request)
{
    if (sample == NULL)
        request_fault(request, fault_new(request_pool(request), FAULT_NOT_FOUND, NULL));
    else
        request_reply(request, 200, sample, strlen(sample));
}
