/* extract.c: libxml2 and the XPath of the network files, for one page at a time. */
#include "extract.h"

#include "veha/text.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 64 * 1024, LINK_MOST = 2000, LINKS_MOST = 5000, POSTS_MOST = 200, OPERATIONS_MOST = 200000000 };

/* The compiled expressions of one fact. */
struct fact {
    const char *name;
    const char *kind;
    xmlXPathCompExpr *value;
    xmlXPathCompExpr *empty_when; /* NULL: never; otherwise absence is the fact "", [] or false where this holds */
};

struct page {
    xmlXPathCompExpr **states; /* NULL entries: decided without the page */
    size_t state_count;
    struct fact *facts;
    size_t fact_count;
    xmlXPathCompExpr *known, *whole, *each, *at, *own, *pinned;
    xmlXPathCompExpr *links, *mentions;
    const char *widget; /* what calls of programs begin with whose addresses lead nowhere; NULL: none */
};

struct extractor {
    struct pool *pool;
    struct page *pages; /* one a network, in the set's order */
    struct page *feeds; /* of them only what tells posts is filled */
    size_t count;
    bool sound;
};

/* ---- compiling ---- */

static void release_expression(void *expression)
{
    xmlXPathFreeCompExpr(expression);
}

static xmlXPathCompExpr *compile(struct extractor *extractor, const struct network *network, const json_t *text)
{
    if (!json_is_string(text))
        return NULL;
    xmlXPathCompExpr *expression = xmlXPathCompile((const xmlChar *)json_string_value(text));
    if (expression == NULL) {
        fprintf(stderr, "%s.json: not XPath: %s\n", network_code(network), json_string_value(text));
        extractor->sound = false;
    }
    return pool_adopt(extractor->pool, expression, release_expression);
}

static void compile_posts(struct extractor *extractor, const struct network *network, const json_t *posts,
                          struct page *page)
{
    page->known = compile(extractor, network, json_object_get(posts, "known"));
    page->whole = compile(extractor, network, json_object_get(posts, "whole"));
    page->each = compile(extractor, network, json_object_get(posts, "each"));
    page->at = compile(extractor, network, json_object_get(posts, "at"));
    page->own = compile(extractor, network, json_object_get(posts, "own"));
    page->pinned = compile(extractor, network, json_object_get(posts, "pinned"));
}

static void compile_page(struct extractor *extractor, const struct network *network, struct page *page)
{
    json_t *html = json_object_get(network_document(network), "html");
    json_t *states = json_object_get(html, "states");
    page->state_count = json_array_size(states);
    page->states = pool_alloc(extractor->pool, (page->state_count + 1) * sizeof *page->states);
    for (size_t i = 0; i < page->state_count; i++)
        page->states[i] = compile(extractor, network, json_object_get(json_array_get(states, i), "xpath"));
    json_t *facts = json_object_get(html, "facts");
    page->facts = pool_alloc(extractor->pool, (json_object_size(facts) + 1) * sizeof *page->facts);
    const char *name;
    json_t *fact;
    json_object_foreach(facts, name, fact)
    {
        page->facts[page->fact_count++] = (struct fact){
            .name = name,
            .kind = json_string_value(json_object_get(fact, "as")),
            .value = compile(extractor, network, json_object_get(fact, "xpath")),
            .empty_when = compile(extractor, network, json_object_get(fact, "empty_when")),
        };
    }
    compile_posts(extractor, network, json_object_get(html, "posts"), page);
    page->links = compile(extractor, network, json_object_get(html, "links"));
    page->mentions = compile(extractor, network, json_object_get(html, "mentions"));
    page->widget = json_string_value(json_object_get(html, "widget"));
}

/* Strangers' mistakes are no news. */
static void on_silence(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

struct extractor *extractor_new(const struct network_set *networks)
{
    struct pool *pool = pool_new();
    struct extractor *extractor = pool_alloc(pool, sizeof *extractor);
    *extractor = (struct extractor){.pool = pool, .count = network_count(networks), .sound = true};
    xmlInitParser();
    xmlSetStructuredErrorFunc(NULL, on_silence);
    extractor->pages = pool_alloc(pool, (extractor->count + 1) * sizeof *extractor->pages);
    extractor->feeds = pool_alloc(pool, (extractor->count + 1) * sizeof *extractor->feeds);
    for (size_t i = 0; i < extractor->count; i++) {
        const struct network *network = network_at(networks, i);
        compile_page(extractor, network, &extractor->pages[i]);
        compile_posts(extractor, network, json_object_get(network_document(network), "feed"), &extractor->feeds[i]);
    }
    if (extractor->sound)
        return extractor;
    pool_free(pool);
    return NULL;
}

void extractor_free(struct extractor *extractor)
{
    if (extractor != NULL)
        pool_free(extractor->pool);
}

/* ---- evaluating ---- */

/* has-class('x'): the element's class attribute holds the word x. */
static void on_has_class(xmlXPathParserContext *context, int arguments)
{
    if (arguments != 1) {
        xmlXPathSetArityError(context);
        return;
    }
    xmlChar *wanted = xmlXPathPopString(context);
    xmlNode *node = context->context->node;
    bool found = false;
    if (wanted != NULL && node != NULL && node->type == XML_ELEMENT_NODE) {
        xmlChar *classes = xmlGetNoNsProp(node, (const xmlChar *)"class");
        size_t length = (size_t)xmlStrlen(wanted);
        const char *at = (const char *)classes;
        while (at != NULL && *at != '\0' && !found) {
            at += strspn(at, " \t\r\n\f");
            size_t size = strcspn(at, " \t\r\n\f");
            found = size == length && size > 0 && memcmp(at, wanted, size) == 0;
            at += size;
        }
        xmlFree(classes);
    }
    xmlFree(wanted);
    xmlXPathReturnBoolean(context, found);
}

/* One evaluation at a time lives here; NULL after a fault of the expression or of the limits. */
static xmlXPathObject *evaluate(xmlXPathContext *context, xmlXPathCompExpr *expression, xmlNode *at)
{
    if (expression == NULL)
        return NULL;
    context->node = at;
    return xmlXPathCompiledEval(expression, context);
}

static bool holds(xmlXPathContext *context, xmlXPathCompExpr *expression, xmlNode *at, bool *failed)
{
    xmlXPathObject *object = evaluate(context, expression, at);
    *failed = *failed || object == NULL;
    bool held = object != NULL && xmlXPathCastToBoolean(object) == 1;
    xmlXPathFreeObject(object);
    return held;
}

static bool is_named(const xmlNode *node, const char *const *names)
{
    for (; *names != NULL; names++)
        if (xmlStrcasecmp(node->name, (const xmlChar *)*names) == 0)
            return true;
    return false;
}

/* Text as a reader sees it: lines end at <br> and blocks, scripts say nothing. */
static void collect_text(const xmlNode *node, struct buffer *out)
{
    static const char *const blocks[] = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", NULL};
    static const char *const silent[] = {"script", "style", "noscript", NULL};
    if (out->length > TEXT_MOST)
        return;
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        buffer_text(out, (const char *)node->content);
        return;
    }
    if (node->type != XML_ELEMENT_NODE || is_named(node, silent))
        return;
    if (is_named(node, blocks))
        buffer_add(out, "\n", 1);
    for (const xmlNode *child = node->children; child != NULL; child = child->next)
        collect_text(child, out);
}

static json_t *node_text(xmlNode *node)
{
    struct buffer text = {0};
    if (node->type == XML_ELEMENT_NODE) {
        for (const xmlNode *child = node->children; child != NULL; child = child->next)
            collect_text(child, &text);
    } else {
        xmlChar *content = xmlNodeGetContent(node);
        buffer_text(&text, content == NULL ? "" : (const char *)content);
        xmlFree(content);
    }
    size_t length = text.length;
    while (length > TEXT_MOST || (length > 0 && !text_is_utf8(text.bytes, length)))
        length--;
    json_t *value = json_stringn(text.bytes == NULL ? "" : text.bytes, length);
    buffer_free(&text);
    return value;
}

/* The first node's text, or the string the expression itself makes; NULL when there is nothing. */
static json_t *object_text(xmlXPathObject *object)
{
    if (object->type == XPATH_NODESET)
        return xmlXPathNodeSetIsEmpty(object->nodesetval) ? NULL : node_text(object->nodesetval->nodeTab[0]);
    xmlChar *text = xmlXPathCastToString(object);
    json_t *value = text == NULL || *text == '\0' ? NULL : json_string((const char *)text);
    xmlFree(text);
    return value;
}

static void add_link(json_t *links, const xmlChar *href)
{
    if (href != NULL && xmlStrlen(href) <= LINK_MOST && json_array_size(links) < LINKS_MOST)
        json_array_append_new(links, json_string((const char *)href));
}

static void collect_links(const xmlNode *node, json_t *links)
{
    if (node->type != XML_ELEMENT_NODE)
        return;
    xmlChar *href = xmlGetNoNsProp(node, (const xmlChar *)"href");
    add_link(links, href);
    xmlFree(href);
    for (const xmlNode *child = node->children; child != NULL; child = child->next)
        collect_links(child, links);
}

/* Every href below the first node; NULL when there is no such node. */
static json_t *object_links(xmlXPathObject *object)
{
    if (object->type != XPATH_NODESET || xmlXPathNodeSetIsEmpty(object->nodesetval))
        return NULL;
    json_t *links = json_array();
    collect_links(object->nodesetval->nodeTab[0], links);
    return links;
}

static json_t *fact_value(const struct fact *fact, xmlXPathObject *object)
{
    bool held = xmlXPathCastToBoolean(object) == 1;
    if (strcmp(fact->kind, "flag") == 0)
        return json_boolean(held);
    if (strcmp(fact->kind, "flag_if_true") == 0) /* its absence proves nothing */
        return held ? json_true() : NULL;
    return strcmp(fact->kind, "links") == 0 ? object_links(object) : object_text(object);
}

/* What a fact is worth whose place is known to be empty. */
static json_t *nothing_of(const char *kind)
{
    if (strcmp(kind, "flag_if_true") == 0)
        return json_false();
    return strcmp(kind, "links") == 0 ? json_array() : json_string("");
}

static json_t *extract_facts(const struct page *page, xmlXPathContext *context, xmlNode *root, bool *failed)
{
    json_t *facts = json_object();
    for (size_t i = 0; i < page->fact_count && !*failed; i++) {
        const struct fact *fact = &page->facts[i];
        xmlXPathObject *object = evaluate(context, fact->value, root);
        json_t *value = object == NULL ? NULL : fact_value(fact, object);
        *failed = *failed || object == NULL;
        xmlXPathFreeObject(object);
        if (value == NULL && fact->empty_when != NULL && holds(context, fact->empty_when, root, failed))
            value = nothing_of(fact->kind);
        if (value != NULL)
            json_object_set_new(facts, fact->name, value);
    }
    return facts;
}

static json_t *extract_post(const struct page *page, xmlXPathContext *context, xmlNode *node, bool *failed)
{
    json_t *post = json_object();
    xmlXPathObject *at = evaluate(context, page->at, node);
    json_t *text = at == NULL ? NULL : object_text(at);
    *failed = *failed || at == NULL;
    xmlXPathFreeObject(at);
    if (text != NULL)
        json_object_set_new(post, "at", text);
    json_object_set_new(post, "own", json_boolean(holds(context, page->own, node, failed)));
    if (page->pinned != NULL)
        json_object_set_new(post, "pinned", json_boolean(holds(context, page->pinned, node, failed)));
    return post;
}

/* NULL where the page cannot tell its posts. */
static json_t *extract_posts(const struct page *page, xmlXPathContext *context, xmlNode *root, bool *failed)
{
    if (page->known == NULL || !holds(context, page->known, root, failed))
        return NULL;
    xmlXPathObject *each = evaluate(context, page->each, root);
    *failed = *failed || each == NULL || each->type != XPATH_NODESET;
    json_t *posts = json_array();
    int count = *failed || each->nodesetval == NULL ? 0 : each->nodesetval->nodeNr;
    for (int i = count > POSTS_MOST ? count - POSTS_MOST : 0; i < count && !*failed; i++)
        json_array_append_new(posts, extract_post(page, context, each->nodesetval->nodeTab[i], failed));
    xmlXPathFreeObject(each);
    return posts;
}

/* Can the link name a host? Plain paths lead to the site's own pages, of which a menu may hold thousands. */
static bool names_host(const char *href)
{
    return strstr(href, "//") != NULL || strcasestr(href, "%2f%2f") != NULL || text_starts(href, "tg:");
}

/* The links that name a host; *whole is cleared when there are more than are kept. */
static json_t *extract_links(const struct page *page, xmlXPathContext *context, xmlNode *root, bool *whole,
                             bool *failed)
{
    json_t *links = json_array();
    if (page->links == NULL)
        return links;
    xmlXPathObject *object = evaluate(context, page->links, root);
    *failed = *failed || object == NULL || object->type != XPATH_NODESET;
    for (int i = 0; !*failed && object->nodesetval != NULL && i < object->nodesetval->nodeNr; i++) {
        xmlChar *href = xmlNodeGetContent(object->nodesetval->nodeTab[i]);
        if (href != NULL && names_host((const char *)href))
            add_link(links, href);
        xmlFree(href);
        *whole = json_array_size(links) < LINKS_MOST;
    }
    xmlXPathFreeObject(object);
    return links;
}

/* Where the call that begins at `at` ends; where it does not, behind its first character: all the rest counts. */
static const char *end_of_call(const char *at)
{
    int depth = 0;
    char quote = '\0';
    for (const char *end = at; *end != '\0'; end++) {
        if (*end == '\\' && end[1] != '\0')
            end++;
        else if (quote != '\0')
            quote = *end == quote ? '\0' : quote;
        else if (strchr("\"'`", *end) != NULL)
            quote = *end;
        else if (*end == '(')
            depth++;
        else if (*end == ')' && --depth <= 0)
            return end + 1;
    }
    return at + 1;
}

/* The first address of the web at or behind `at`: with its scheme, or in quotes without. */
static const char *find_address(const char *text, const char *at, const char *end)
{
    for (; at < end; at++) {
        at += strcspn(at, "hH/");
        if (strncasecmp(at, "http", 4) == 0)
            break;
        if (text_starts(at, "//") && (at == text || strchr("\"'`(=", at[-1]) != NULL))
            break;
    }
    return at < end ? at : NULL;
}

/* The addresses that stand in a part of a text for programs, where a slash may be written "\/". */
static void add_mentions(json_t *mentions, const char *text, const char *end)
{
    for (const char *at = text; (at = find_address(text, at, end)) != NULL;) {
        struct buffer url = {0};
        for (; at < end && strchr("\"'`<>()[]{} \t\r\n,;", *at) == NULL && url.length < LINK_MOST; at++)
            if (*at != '\\')
                buffer_add(&url, at, 1);
        if (url.bytes != NULL && strstr(url.bytes, "//") != NULL)
            add_link(mentions, (const xmlChar *)url.bytes);
        buffer_free(&url);
    }
}

/* A widget shows a community, and is no link to it. */
static void add_mentions_beside(json_t *mentions, const char *text, const char *widget)
{
    for (const char *call; widget != NULL && (call = strstr(text, widget)) != NULL; text = end_of_call(call))
        add_mentions(mentions, text, call);
    add_mentions(mentions, text, text + strlen(text));
}

static json_t *extract_mentions(const struct page *page, xmlXPathContext *context, xmlNode *root, bool *whole,
                                bool *failed)
{
    json_t *mentions = json_array();
    if (page->mentions == NULL)
        return mentions;
    xmlXPathObject *object = evaluate(context, page->mentions, root);
    *failed = *failed || object == NULL || object->type != XPATH_NODESET;
    for (int i = 0; !*failed && object->nodesetval != NULL && i < object->nodesetval->nodeNr; i++) {
        xmlChar *text = xmlNodeGetContent(object->nodesetval->nodeTab[i]);
        if (text != NULL)
            add_mentions_beside(mentions, (const char *)text, page->widget);
        xmlFree(text);
    }
    *whole = *whole && json_array_size(mentions) < LINKS_MOST;
    xmlXPathFreeObject(object);
    return mentions;
}

static json_t *extract_all(const struct page *page, xmlXPathContext *context, xmlNode *root)
{
    bool failed = false;
    json_t *result = json_object();
    json_t *states = json_array();
    for (size_t i = 0; i < page->state_count; i++)
        json_array_append_new(states, page->states[i] == NULL
                                          ? json_null()
                                          : json_boolean(holds(context, page->states[i], root, &failed)));
    json_object_set_new(result, "states", states);
    json_object_set_new(result, "facts", extract_facts(page, context, root, &failed));
    json_t *posts = extract_posts(page, context, root, &failed);
    if (posts != NULL)
        json_object_set_new(result, "posts", posts);
    if (posts != NULL && page->whole != NULL)
        json_object_set_new(result, "posts_whole", json_boolean(holds(context, page->whole, root, &failed)));
    bool whole = true;
    json_object_set_new(result, "links", extract_links(page, context, root, &whole, &failed));
    json_object_set_new(result, "mentions", extract_mentions(page, context, root, &whole, &failed));
    json_object_set_new(result, "links_whole", json_boolean(whole));
    if (!failed)
        return result;
    json_decref(result);
    return json_pack("{s:s}", "fault", "reader_limit");
}

static json_t *extract_document(const struct page *page, xmlDoc *document)
{
    xmlXPathContext *context = xmlXPathNewContext(document);
    if (context == NULL)
        return json_pack("{s:s}", "fault", "reader_limit");
    context->opLimit = OPERATIONS_MOST;
    xmlXPathRegisterFunc(context, (const xmlChar *)"has-class", on_has_class);
    xmlNode *root = xmlDocGetRootElement(document);
    json_t *result = extract_all(page, context, root == NULL ? (xmlNode *)document : root);
    xmlXPathFreeContext(context);
    return result;
}

json_t *extractor_run(struct extractor *extractor, size_t network, const char *html, size_t length)
{
    htmlParserCtxt *parser = htmlNewParserCtxt();
    xmlDoc *document = NULL;
    bool whole = false;
    if (parser != NULL) {
        int options =
            HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_COMPACT;
        document = htmlCtxtReadMemory(parser, html, (int)length, NULL, "UTF-8", options);
        /* Deeper than 256 elements the parser stops without a word: what it did not see must not count as absent. */
        whole = document != NULL && parser->errNo != XML_ERR_INTERNAL_ERROR && parser->errNo != XML_ERR_NO_MEMORY &&
                parser->disableSAX == 0;
    }
    bool full = parser == NULL || parser->errNo == XML_ERR_NO_MEMORY;
    const char *fault = full ? "reader_limit" : document == NULL ? "page_empty" : "page_too_deep";
    json_t *result =
        whole ? extract_document(&extractor->pages[network], document) : json_pack("{s:s}", "fault", fault);
    xmlFreeDoc(document);
    htmlFreeParserCtxt(parser);
    return result;
}

/* Entities of its own serve a bomb or the reading of files, and no feed. */
static bool declares_entities(const char *xml)
{
    return strstr(xml, "<!ENTITY") != NULL;
}

static json_t *extract_feed(const struct page *page, xmlDoc *document)
{
    bool failed = false;
    xmlXPathContext *context = xmlXPathNewContext(document);
    if (context == NULL)
        return json_pack("{s:s}", "fault", "reader_limit");
    context->opLimit = OPERATIONS_MOST;
    json_t *posts = extract_posts(page, context, xmlDocGetRootElement(document), &failed);
    xmlXPathFreeContext(context);
    if (!failed)
        return json_pack("{s:o*}", "posts", posts);
    json_decref(posts);
    return json_pack("{s:s}", "fault", "reader_limit");
}

json_t *extractor_run_feed(struct extractor *extractor, size_t network, const char *xml, size_t length)
{
    xmlParserCtxt *parser = declares_entities(xml) ? NULL : xmlNewParserCtxt();
    xmlDoc *document = NULL;
    if (parser != NULL) /* what the feed says of its charset no longer holds, and would make libxml2 open a converter */
        document = xmlCtxtReadMemory(parser, xml, (int)length, NULL, "UTF-8",
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT |
                                         XML_PARSE_IGNORE_ENC);
    json_t *result = document == NULL || xmlDocGetRootElement(document) == NULL
                         ? json_pack("{s:s}", "fault", "feed_unreadable")
                         : extract_feed(&extractor->feeds[network], document);
    xmlFreeDoc(document);
    xmlFreeParserCtxt(parser);
    return result;
}
