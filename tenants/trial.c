/* trial.c: a roadmap that is to be tried has to be as sound as one that is to be published. */
#include "trial.h"

#include "veha/roadmap.h"
#include "veha/text.h"

#include "account.h"

#include <string.h>

enum { MISTAKES_MOST = 100 };

void trial_read(struct request *request)
{
    struct pool *pool = request_pool(request);
    const char *text = request_argument(request, "roadmap");
    struct document *document = document_parse(pool, "roadmap", text, strlen(text));
    struct fault *fault = NULL;
    roadmap_check(document, pool, account_networks());
    const char *branch = json_string_value(json_object_get(document->root, "branch"));
    if (branch != NULL && !text_equal(branch, request_argument(request, "branch")))
        document_fault(document, pool, "/branch", "branch_differs", "it is a roadmap of another branch");
    for (size_t i = 0; i < document->mistake_count && i < MISTAKES_MOST; i++)
        fault_point(pool, &fault, "roadmap", pool_print(pool, "/roadmap%s", document->mistakes[i].pointer),
                    document->mistakes[i].code);
    if (fault != NULL)
        request_fault(request, fault);
    else
        request_run(request);
}
