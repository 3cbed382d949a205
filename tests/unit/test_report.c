/* The table of formats, and what they share. */
#include "harness/report/detail.h"
#include "harness/report/files.h"
#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(report, table)
{
    static const char *const names[] = {"text", "tap", "junit", "json"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_not_null(report_at(i));
        cr_expect_str_eq(report_at(i)->name, names[i]);
        cr_expect_eq(report_find(names[i]), report_at(i));
        cr_expect_gt(strlen(report_at(i)->help), 5);
    }
    cr_expect_null(report_at(4));
    cr_expect_null(report_find("html"));
    cr_expect_null(report_find(""));
}

static char *totals(uint64_t passed, uint64_t failed, uint64_t skipped)
{
    struct results results = {.passed = passed, .failed = failed, .skipped = skipped};
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    report_totals(to, &results);
    fclose(to);
    return text;
}

Test(report, totals)
{
    char *text = totals(3, 0, 0);
    cr_expect_str_eq(text, "3 passed, 0 failed\n");
    free(text);
    text = totals(0, 12, 1);
    cr_expect_str_eq(text, "0 passed, 12 failed, 1 skipped\n");
    free(text);
}

Test(report, files_are_sorted_and_results_within_them_keep_their_order)
{
    struct results results = {0};
    static const char *const files[] = {"b", "a", "b", NULL, "a"};
    static const char *const names[] = {"1", "2", "3", "4", "5"};
    static const enum verdict verdicts[] = {VERDICT_FAIL, VERDICT_SKIP, VERDICT_VOID, VERDICT_PASS,
                                            VERDICT_TIMEOUT};
    for (size_t i = 0; i < 5; i++) {
        struct result result = made_result(files[i], names[i], verdicts[i], NULL);
        results_add(&results, &result);
    }
    const struct result **order = files_order(&results);
    char got[8] = "";
    for (size_t i = 0; i < 5; i++)
        strcat(got, order[i]->name);
    cr_expect_str_eq(got, "42513");
    struct file_sum sum = files_sum(order, 5, 1);
    cr_expect_str_eq(sum.file, "a");
    cr_expect_eq(sum.count, 2);
    cr_expect_eq(sum.failures, 1);
    cr_expect_eq(sum.skipped, 1);
    sum = files_sum(order, 5, 3);
    cr_expect_eq(sum.count, 2);
    cr_expect_eq(sum.errors, 1);
    cr_expect_eq(sum.failures, 1);
    cr_expect_eq(sum.elapsed_ns, 25000000);
    free(order);
    results_free(&results);
}

static void summary(struct result *result, const char *expected)
{
    char *text = detail_summary(result);
    cr_expect_str_eq(text, expected);
    free(text);
}

Test(report, summary)
{
    struct result result = made_failure("n");
    summary(&result, "client: exit: expected status 0, got killed by SIGSEGV (and 1 more)");
    result.reason = strdup("not over after 10 s\nand more");
    summary(&result, "not over after 10 s; and more");
    result_free(&result);
    result = made_result("x.yaml", "n", VERDICT_FAIL, NULL);
    summary(&result, "");
    result_fail(&result, NULL, "rule 1", "fires\x1b", "never\nsecond", NULL, 0, 0);
    summary(&result, "rule 1: expected fires\\x1b, got never");
    result_free(&result);
}
