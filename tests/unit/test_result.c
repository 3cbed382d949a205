#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void add(struct results *results, enum verdict verdict)
{
    struct result result = made_result("x.yaml", "name", verdict, NULL);
    results_add(results, &result);
    cr_expect_null(result.name, "what was taken over is zeroed");
}

Test(results, count_verdicts)
{
    struct results results = {0};
    for (int i = 0; i < 40; i++)
        add(&results, VERDICT_PASS);
    add(&results, VERDICT_FAIL);
    add(&results, VERDICT_TIMEOUT);
    add(&results, VERDICT_VOID);
    add(&results, VERDICT_ERROR);
    add(&results, VERDICT_SKIP);
    cr_expect_eq(results.passed, 40);
    cr_expect_eq(results.failed, 4);
    cr_expect_eq(results.skipped, 1);
    cr_expect_eq(results.count, 45);
    cr_expect_eq(results.items[44].verdict, VERDICT_SKIP);
    results_free(&results);
    cr_expect_eq(results.count, 0);
}

Test(results, status)
{
    static const struct {
        enum verdict verdicts[3];
        enum status status;
    } cases[] = {
        {{VERDICT_PASS, VERDICT_PASS, VERDICT_SKIP}, STATUS_HELD},
        {{VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS}, STATUS_FAILED},
        {{VERDICT_TIMEOUT, VERDICT_PASS, VERDICT_PASS}, STATUS_FAILED},
        {{VERDICT_PASS, VERDICT_HANG, VERDICT_PASS}, STATUS_FAILED},
        {{VERDICT_VOID, VERDICT_PASS, VERDICT_SPIN}, STATUS_FAILED},
        {{VERDICT_PASS, VERDICT_VOID, VERDICT_PASS}, STATUS_TROUBLE},
        {{VERDICT_PASS, VERDICT_PASS, VERDICT_ERROR}, STATUS_TROUBLE},
        {{VERDICT_VOID, VERDICT_ERROR, VERDICT_FAIL}, STATUS_FAILED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct results results = {0};
        for (int k = 0; k < 3; k++)
            add(&results, cases[i].verdicts[k]);
        cr_expect_eq(results_status(&results), cases[i].status, "case %zu", i);
        results_free(&results);
    }
}

Test(results, nothing_run_is_no_failure)
{
    struct results results = {0};
    cr_expect_eq(results_status(&results), STATUS_HELD);
}

Test(result, fail_makes_a_pass_a_failure_and_leaves_graver_things)
{
    struct result result = made_result("x.yaml", "n", VERDICT_PASS, NULL);
    result_fail(&result, NULL, "exit", NULL, "got", NULL, 0, 0);
    cr_expect_eq(result.verdict, VERDICT_FAIL);
    cr_expect_null(result.failures[0].process);
    cr_expect_str_eq(result.failures[0].got, "got");
    result.verdict = VERDICT_TIMEOUT;
    result_fail(&result, "client", "stdout", "a", "b", "f", 3, 4);
    cr_expect_eq(result.verdict, VERDICT_TIMEOUT);
    cr_expect_eq(result.failure_count, 2);
    cr_expect_eq(result.failures[1].column, 4);
    result_free(&result);
}

Test(result, names_of_verdicts)
{
    cr_expect_str_eq(verdict_name(VERDICT_PASS), "pass");
    cr_expect_str_eq(verdict_name(VERDICT_ERROR), "error");
    cr_expect_str_eq(verdict_name((enum verdict)77), "?");
}

/* ---- JSON ---- */

static struct result there_and_back(struct result *result)
{
    struct diag diag = {0};
    struct result back = {0};
    char *text = result_to_json(result), *again;
    cr_assert_not_null(text);
    cr_assert(result_from_json(text, strlen(text), &back, &diag), "%s", diag.text);
    again = result_to_json(&back);
    cr_expect_str_eq(again, text);
    free(text);
    free(again);
    result_free(result);
    return back;
}

Test(result_json, there_and_back_is_the_same)
{
    struct result result = made_failure("the claim");
    struct result back = there_and_back(&result);
    cr_expect_str_eq(back.name, "the claim");
    cr_expect_eq(back.line, 1);
    cr_expect_eq(back.tag_count, 2);
    cr_expect_str_eq(back.tags[1], "short");
    cr_expect_eq(back.points, 3);
    cr_expect_eq(back.verdict, VERDICT_FAIL);
    cr_expect_null(back.reason);
    cr_expect_eq(back.elapsed_ns, 12500000);
    cr_assert_eq(back.process_count, 2);
    cr_expect_eq(back.processes[1].signal, 11);
    cr_expect_eq(back.processes[1].status, -1);
    cr_expect(back.processes[0].stopped_by_us);
    cr_expect_not(back.processes[1].stopped_by_us);
    cr_expect_eq(back.processes[0].bytes_received, 6);
    cr_assert_eq(back.rule_count, 2);
    cr_expect_str_eq(back.rules[1].refused_why, "the socket is not TCP");
    cr_assert_eq(back.failure_count, 2);
    cr_expect_eq(back.failures[1].column, 22);
    cr_assert_eq(back.trace_count, 4);
    cr_expect_eq(back.trace[3].left_out, 6);
    cr_expect_eq(back.trace[1].connection, 1);
    cr_expect_eq(back.trace[1].time_ns, 2310999);
    cr_expect_eq(back.trace_total, 57);
    cr_expect_str_eq(back.notes, "no user namespace: ports under the ephemeral range");
    result_free(&back);
}

Test(result_json, nothing_said)
{
    struct result result = {0};
    struct result back = there_and_back(&result);
    cr_expect_null(back.name);
    cr_expect_null(back.processes);
    cr_expect_eq(back.tag_count, 0);
    result_free(&back);
}

Test(result_json, nuls_in_output_stay)
{
    struct result result = made_failure("n");
    struct result back = there_and_back(&result);
    cr_expect_eq(back.processes[1].out_len, 7);
    cr_expect_arr_eq(back.processes[1].out, "hel\0lo\n", 8);
    result_free(&back);
}

Test(result_json, bytes_that_are_not_utf8_are_replaced)
{
    struct result result = made_result("x.yaml", made_nasty, VERDICT_SKIP, "\xff");
    struct result back = there_and_back(&result);
    cr_expect_str_eq(back.reason, "\xef\xbf\xbd");
    cr_expect_not_null(
        strstr(back.name, "a\"b'c\\d <&>]]> #e\n--- \t\x01\x1b[31m\x7f \xef\xbf\xbd\xef\xbf\xbd("));
    result_free(&back);
}

Test(result_json, is_one_line)
{
    struct result result = made_failure(made_nasty);
    char *text = result_to_json(&result);
    cr_expect_null(strchr(text, '\n'));
    free(text);
    result_free(&result);
}

Test(result_json, of_big_output_the_middle_is_left_out)
{
    struct result result = made_failure("n");
    struct process_result *process = &result.processes[1];
    free(process->out);
    process->out_len = 1000001;
    process->out = malloc(process->out_len + 1);
    for (size_t i = 0; i < process->out_len; i++)
        process->out[i] = i % 2 ? '\xa9' : '\xc3';
    process->out[process->out_len - 1] = 'z';
    process->out[process->out_len] = '\0';
    struct result back = there_and_back(&result);
    cr_expect_lt(back.processes[1].out_len, 65700);
    cr_expect_gt(back.processes[1].out_len, 65000);
    cr_expect_not_null(strstr(back.processes[1].out, "\n[... 934466 bytes left out ...]\n"));
    cr_expect_null(strstr(back.processes[1].out, "\xef\xbf\xbd"), "no character was cut in two");
    cr_expect_eq(back.processes[1].out[back.processes[1].out_len - 1], 'z');
    result_free(&back);
}

Test(result_json, numbers_past_63_bits)
{
    struct result result = made_result("x.yaml", "n", VERDICT_PASS, NULL);
    result.seed = UINT64_MAX;
    struct result back = there_and_back(&result);
    cr_expect_eq(back.seed, UINT64_MAX);
    result_free(&back);
}

static void refused(const char *text, const char *message)
{
    struct diag diag = {0};
    struct result untouched = {.points = 77};
    cr_expect_not(result_from_json(text, strlen(text), &untouched, &diag), "%s", text);
    cr_expect_eq(diag.status, STATUS_TROUBLE);
    cr_expect_str_eq(diag.text, message);
    cr_expect_eq(untouched.points, 77);
}

/* The JSON of a result in which the member `key` is replaced; NULL: taken away. */
static void refused_with(const char *list, const char *key, json_t *value, const char *message)
{
    struct result result = made_failure("n");
    char *text = result_to_json(&result);
    json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);
    json_t *object = list == NULL ? json : json_array_get(json_object_get(json, list), 1);
    free(text);
    if (value == NULL)
        json_object_del(object, key);
    else
        json_object_set_new(object, key, value);
    text = json_dumps(json, 0);
    refused(text, message);
    free(text);
    json_decref(json);
    result_free(&result);
}

Test(result_json, wrong_members_are_named)
{
    refused_with(NULL, "verdict", json_string("maybe"),
                 "an experiment's result: got a string for verdict, expected a verdict");
    refused_with(NULL, "seed", NULL,
                 "an experiment's result: got nothing for seed, expected a number in its range");
    refused_with(NULL, "seed", json_integer(-1),
                 "an experiment's result: got a number for seed, expected a number in its range");
    refused_with(NULL, "seed", json_string("18446744073709551616"),
                 "an experiment's result: got a string for seed, expected a number from 0 to 2^64-1");
    refused_with(NULL, "seed", json_string("-1"),
                 "an experiment's result: got a string for seed, expected a number from 0 to 2^64-1");
    refused_with(NULL, "points", json_integer(INT64_C(1) << 40),
                 "an experiment's result: got a number for points, expected a number in its range");
    refused_with(NULL, "tags", json_true(), "an experiment's result: got true for tags, expected a list");
    refused_with(NULL, "processes", json_pack("[i]", 1),
                 "an experiment's result: got a number for processes, expected a list of objects");
    refused_with("processes", "name", json_integer(1),
                 "an experiment's result: got a number for name, expected a string or null");
    refused_with("processes", "hello", json_integer(1),
                 "an experiment's result: got a number for hello, expected true or false");
    refused_with("trace", "connection", json_integer(INT64_C(1) << 32),
                 "an experiment's result: got a number for connection, expected a number in its range");
    refused_with("rules", "fired", json_real(1.5),
                 "an experiment's result: got a fraction for fired, expected a number in its range");
}

Test(result_json, what_is_no_json)
{
    struct diag diag = {0};
    struct result result;
    cr_expect_not(result_from_json("{\"file\": ", 9, &result, &diag));
    cr_expect_eq(strncmp(diag.text, "an experiment's result: ", 24), 0, "%s", diag.text);
    refused("[]", "an experiment's result: got nothing for file, expected a string or null");
}

Test(result_json, half_of_it)
{
    struct result made = made_failure("n");
    char *text = result_to_json(&made);
    size_t len = strlen(text);
    for (size_t cut = 0; cut < len; cut += 7) {
        struct diag diag = {0};
        struct result result;
        cr_expect_not(result_from_json(text, cut, &result, &diag), "%zu of %zu bytes", cut, len);
    }
    free(text);
    result_free(&made);
}
