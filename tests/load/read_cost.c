/*
 * read_cost.c: what reading one page costs, in the process itself and through the confined child.
 *
 *   read_cost NETWORKS CODE TIMES < PAGE
 *
 * Prints "EXTRACT CHILD READ JUDGE": milliseconds of processor time a page for extracting it in this process, for the
 * same through the child (both processes together), for all of the reading through the child, and for judging that.
 */
#include "veha/text.h"

#include "tenants/verify/confine.h"
#include "tenants/verify/extract.h"
#include "tenants/verify/judge.h"
#include "tenants/verify/read.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct page {
    struct network_set *networks;
    const struct network *network;
    size_t number;
    struct extractor *extractor;
    struct reader *reader;
    struct buffer html;
    json_t *reading;
};

typedef void work(struct page *page);

static void extract(struct page *page)
{
    json_t *result = extractor_run(page->extractor, page->number, page->html.bytes, page->html.length);
    free(json_dumps(result, JSON_COMPACT));
    json_decref(result);
}

static void ask_child(struct page *page)
{
    json_decref(reader_extract(page->reader, page->network, page->html.bytes, page->html.length));
}

static void read_all(struct page *page)
{
    const struct answer answer = {.status = 200,
                                  .url = "https://page.example/",
                                  .content_type = "text/html; charset=utf-8",
                                  .bytes = page->html.bytes,
                                  .length = page->html.length};
    json_decref(page->reading);
    page->reading = read_page(page->reader, page->networks, page->network, &answer);
}

static void judge_it(struct page *page)
{
    json_t *subject = json_pack("{s:s, s:s}", "name", "Школа № 4", "site_host", "school.example");
    const struct judge_case judged = {.networks = page->networks,
                                      .network = page->network,
                                      .reading = page->reading,
                                      .subject = subject,
                                      .now = 1800000000};
    json_decref(judge(&judged));
    json_decref(subject);
}

static double spent_by(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* Children count once they were waited for: so each measurement has a reader of its own. */
static double cost_of(struct page *page, work *does, long times)
{
    double before = spent_by(RUSAGE_SELF) + spent_by(RUSAGE_CHILDREN);
    page->reader = reader_new(page->networks);
    for (long i = 0; i < times; i++)
        does(page);
    reader_free(page->reader);
    return (spent_by(RUSAGE_SELF) + spent_by(RUSAGE_CHILDREN) - before) / (double)times;
}

static void nothing(struct page *page)
{
    (void)page;
}

int main(int argc, char **argv)
{
    static work *const works[] = {extract, ask_child, read_all, judge_it};
    struct page page = {0};
    char piece[1 << 16];
    setlocale(LC_CTYPE, "C.UTF-8");
    page.networks = argc == 4 ? network_load(argv[1]) : NULL;
    if (page.networks == NULL || network_find(page.networks, argv[2]) == NULL)
        return EXIT_FAILURE;
    page.network = network_find(page.networks, argv[2]);
    while (network_at(page.networks, page.number) != page.network)
        page.number++;
    page.extractor = extractor_new(page.networks);
    for (size_t got; (got = fread(piece, 1, sizeof piece, stdin)) > 0;)
        buffer_add(&page.html, piece, got);
    long times = strtol(argv[3], NULL, 10);
    double start = cost_of(&page, nothing, times); /* of starting and ending a reader */
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        printf("%s%.3f", i == 0 ? "" : " ", cost_of(&page, works[i], times) - start);
    putchar('\n');
    return EXIT_SUCCESS;
}
