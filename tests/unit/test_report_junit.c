#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

static xmlDoc *report(struct results *results)
{
    char *text = made_report("junit", (struct report_stream){0}, results);
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "junit.xml", NULL, XML_PARSE_NONET);
    cr_assert_not_null(document, "not well-formed:\n%s", text);
    cr_expect_eq(strncmp(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", 39), 0);
    free(text);
    return document;
}

/* The n-th child element of that name, from 0. */
static xmlNode *child(xmlNode *parent, const char *name, int n)
{
    for (xmlNode *node = parent == NULL ? NULL : parent->children; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0 && n-- == 0)
            return node;
    return NULL;
}

static void has(xmlNode *node, const char *name, const char *value)
{
    cr_assert_not_null(node);
    xmlChar *got = xmlGetProp(node, BAD_CAST name);
    cr_expect_not_null(got, "no attribute %s", name);
    if (got != NULL)
        cr_expect_str_eq((const char *)got, value);
    xmlFree(got);
}

static void says(xmlNode *node, const char *part)
{
    cr_assert_not_null(node);
    xmlChar *got = xmlNodeGetContent(node);
    cr_expect_not_null(strstr((const char *)got, part), "no %s in:\n%s", part, (const char *)got);
    xmlFree(got);
}

static struct results five(void)
{
    struct results results = {.seed = 7, .elapsed_ns = 61234567890};
    struct result each[] = {
        made_result("scenarios/tcp/b.yaml", "passes", VERDICT_PASS, NULL),
        made_failure("fails"),
        made_result("scenarios/tcp/b.yaml", "skipped", VERDICT_SKIP, "no nginx"),
        made_result("scenarios/tcp/b.yaml", "void", VERDICT_VOID, "no shim"),
        made_result("scenarios/tcp/b.yaml", "late", VERDICT_TIMEOUT, "not over after 10 s"),
    };
    for (size_t i = 0; i < 5; i++)
        results_add(&results, &each[i]);
    return results;
}

Test(report_junit, suites)
{
    struct results results = five();
    xmlDoc *document = report(&results);
    xmlNode *root = xmlDocGetRootElement(document);
    cr_expect_str_eq((const char *)root->name, "testsuites");
    has(root, "tests", "5");
    has(root, "failures", "2");
    has(root, "errors", "1");
    has(root, "skipped", "1");
    has(root, "time", "61.234");
    cr_expect_null(child(root, "testsuite", 2));
    xmlNode *suite = child(root, "testsuite", 1);
    has(suite, "name", "scenarios/tcp/b.yaml");
    has(suite, "tests", "4");
    has(suite, "failures", "1");
    has(suite, "errors", "1");
    has(suite, "skipped", "1");
    has(suite, "time", "0.050");
    has(child(child(suite, "properties", 0), "property", 1), "value", "7");
    has(child(root, "testsuite", 0), "name", "scenarios/short.yaml");
    xmlFreeDoc(document);
    results_free(&results);
}

Test(report_junit, cases)
{
    struct results results = five();
    xmlDoc *document = report(&results);
    xmlNode *suite = child(xmlDocGetRootElement(document), "testsuite", 1);
    has(child(suite, "testcase", 0), "name", "passes");
    has(child(suite, "testcase", 0), "classname", "scenarios.tcp.b");
    has(child(suite, "testcase", 0), "file", "scenarios/tcp/b.yaml");
    has(child(suite, "testcase", 0), "time", "0.012");
    cr_expect_null(child(suite, "testcase", 0)->children);
    has(child(child(suite, "testcase", 1), "skipped", 0), "message", "no nginx");
    has(child(child(suite, "testcase", 2), "error", 0), "type", "void");
    has(child(child(suite, "testcase", 2), "error", 0), "message", "no shim");
    has(child(child(suite, "testcase", 3), "failure", 0), "type", "timeout");
    cr_expect_null(child(suite, "testcase", 4));
    xmlFreeDoc(document);
    results_free(&results);
}

Test(report_junit, hang_says_all_of_its_reason_in_one_line)
{
    struct results results = {0};
    struct result hang =
        made_result("a.yaml", "hangs", VERDICT_HANG, "nothing happens\nclient waits\nserver waits");
    results_add(&results, &hang);
    xmlDoc *document = report(&results);
    xmlNode *test = child(child(xmlDocGetRootElement(document), "testsuite", 0), "testcase", 0);
    has(child(test, "failure", 0), "type", "hang");
    has(child(test, "failure", 0), "message", "nothing happens; client waits; server waits");
    xmlFreeDoc(document);
    results_free(&results);
}

Test(report_junit, failure_in_full)
{
    struct results results = five();
    xmlDoc *document = report(&results);
    xmlNode *test = child(child(xmlDocGetRootElement(document), "testsuite", 0), "testcase", 0);
    has(test, "line", "1");
    has(child(test, "failure", 0), "type", "fail");
    has(child(test, "failure", 0), "message",
        "client: exit: expected status 0, got killed by SIGSEGV (and 1 more)");
    says(child(test, "failure", 0), "      expected  status 0\n      got       killed by SIGSEGV\n");
    says(child(test, "system-out", 0), "--- client ---\nhel\\x00lo\n");
    says(child(test, "system-err", 0), "--- client ---\nclient: short reply\n");
    xmlFreeDoc(document);
    results_free(&results);
}

Test(report_junit, nasty_names)
{
    struct results results = {0};
    struct result failure = made_failure(made_nasty),
                  skip = made_result(made_nasty, made_nasty, VERDICT_SKIP, made_nasty);
    free(failure.processes[1].err);
    failure.processes[1].err = strdup(made_nasty);
    failure.processes[1].err_len = strlen(made_nasty);
    results_add(&results, &failure);
    results_add(&results, &skip);
    xmlDoc *document = report(&results);
    xmlNode *root = xmlDocGetRootElement(document);
    static const char clean[] =
        "a\"b'c\\d <&>]]> #e\n--- \t\\x01\\x1b[31m\x7f \\xff\\xc3( \xe2\x80\xae \\xef\\xbf\\xbe "
        "caf\xc3\xa9";
    xmlNode *first = child(root, "testsuite", 0), *second = child(root, "testsuite", 1);
    has(first, "name", clean);
    has(child(first, "testcase", 0), "name", clean);
    has(child(child(first, "testcase", 0), "skipped", 0), "message", clean);
    has(child(second, "testcase", 0), "name", clean);
    says(child(child(second, "testcase", 0), "system-err", 0), clean);
    xmlFreeDoc(document);
    results_free(&results);
}

Test(report_junit, no_experiments)
{
    struct results results = {0};
    xmlDoc *document = report(&results);
    has(xmlDocGetRootElement(document), "tests", "0");
    cr_expect_null(child(xmlDocGetRootElement(document), "testsuite", 0));
    xmlFreeDoc(document);
}

Test(report_junit, nothing_known_but_the_verdict)
{
    struct results results = {0};
    struct result result = {.verdict = VERDICT_ERROR};
    results_add(&results, &result);
    xmlDoc *document = report(&results);
    xmlNode *suite = child(xmlDocGetRootElement(document), "testsuite", 0);
    has(suite, "name", "");
    has(child(child(suite, "testcase", 0), "error", 0), "message", "");
    xmlFreeDoc(document);
    results_free(&results);
}
