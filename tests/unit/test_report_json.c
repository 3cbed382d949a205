#include "harness/version.h"
#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *report(struct results *results)
{
    json_error_t error;
    char *text = made_report("json", (struct report_stream){0}, results);
    json_t *json = json_loads(text, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(json, "%s:\n%s", error.text, text);
    free(text);
    return json;
}

Test(report_json, document)
{
    struct results results = {.seed = 42, .elapsed_ns = 99};
    struct result failure = made_failure(made_nasty), pass = made_result("x.yaml", "p", VERDICT_PASS, NULL);
    results_add(&results, &failure);
    results_add(&results, &pass);
    json_t *json = report(&results);
    cr_expect_eq(json_object_size(json), 7);
    cr_expect_str_eq(json_string_value(json_object_get(json, "sockfault")), SOCKFAULT_VERSION);
    cr_expect_eq(json_integer_value(json_object_get(json, "seed")), 42);
    cr_expect_eq(json_integer_value(json_object_get(json, "passed")), 1);
    cr_expect_eq(json_integer_value(json_object_get(json, "failed")), 1);
    cr_expect_eq(json_integer_value(json_object_get(json, "skipped")), 0);
    cr_expect_eq(json_integer_value(json_object_get(json, "elapsed_ns")), 99);
    cr_assert_eq(json_array_size(json_object_get(json, "experiments")), 2);
    json_decref(json);
    results_free(&results);
}

Test(report_json, experiments_are_what_result_to_json_writes)
{
    struct results results = {0};
    struct result failure = made_failure(made_nasty);
    char *alone = result_to_json(&failure);
    results_add(&results, &failure);
    json_t *json = report(&results), *expected = json_loads(alone, JSON_ALLOW_NUL, NULL);
    json_object_del(expected, "again"); /* that is between schedule and guardian */
    cr_expect(json_equal(json_array_get(json_object_get(json, "experiments"), 0), expected));
    cr_expect_str_eq(json_string_value(json_object_get(expected, "verdict")), "fail");
    json_decref(json);
    json_decref(expected);
    free(alone);
    results_free(&results);
}

Test(report_json, no_experiments)
{
    struct results results = {0};
    json_t *json = report(&results);
    cr_expect(json_is_array(json_object_get(json, "experiments")));
    cr_expect_eq(json_array_size(json_object_get(json, "experiments")), 0);
    json_decref(json);
}
