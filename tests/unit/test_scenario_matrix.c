/* Experiments of a matrix: how many, in which order, with which names and values. */
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"c [m=x, n=1]", "c [m=x, n=2]", "c [m=y, n=1]",
                                    "c [m=y, n=2]", "c [m=z, n=1]", "c [m=z, n=2]"};

Test(matrix, the_last_parameter_changes_fastest)
{
    struct scenario_set set = scenario_good("scenario: c\nmatrix: {m: [x, y, z], n: [1, 2]}\n" SCENARIO_TAIL);
    cr_assert_eq(set.count, 6);
    cr_expect_eq(set.file_count, 1);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_str_eq(set.experiments[i].name, names[i]);
        cr_expect_str_eq(set.experiments[i].claim, "c");
    }
    cr_assert_eq(set.experiments[5].matrix_count, 2);
    cr_expect_str_eq(set.experiments[5].matrix[0].name, "m");
    cr_expect_str_eq(set.experiments[5].matrix[1].value, "2");
    scenario_set_free(&set);
}

Test(matrix, exclude_leaves_out_what_matches_in_all_it_says)
{
    struct scenario_set set = scenario_good("scenario: c\nmatrix: {m: [x, y, z], n: [1, 2]}\n"
                                            "exclude: [{m: y}, {m: z, n: 1}]\n" SCENARIO_TAIL);
    cr_assert_eq(set.count, 3);
    cr_expect_str_eq(set.experiments[0].name, names[0]);
    cr_expect_str_eq(set.experiments[1].name, names[1]);
    cr_expect_str_eq(set.experiments[2].name, names[5]);
    scenario_set_free(&set);
}

Test(matrix, values_stand_in_every_kind_of_scalar)
{
    struct scenario_set set = scenario_good(
        "scenario: a ${w} claim\nmatrix: {w: [20], yes: [true], e: [EAGAIN]}\ntags: [\"t${w}\"]\ntimeout: "
        "\"${w}ms\"\n"
        "processes: {a: {run: [\"x${w}y${w}\"], count: \"${w}\", clear_env: \"${yes}\", output_limit: "
        "\"${w}KiB\"}}\n"
        "faults: [{call: send, error: \"${e}\", when: \"${w}..\"}, \"a/recv:short=${w}\"]\n"
        "expect: {a: {exit: \"${w}\", stdout: {matches: \"^${w}$\"}, calls: {recv: \"..${w}\"}}}\n");
    const struct experiment *e = scenario_only(&set);
    const struct scenario_process *a = &e->processes[0];
    cr_expect_str_eq(e->name, "a 20 claim [w=20, yes=true, e=EAGAIN]");
    cr_expect_str_eq(e->tags[0], "t20");
    cr_expect_eq(e->timeout_ns, 20000000);
    cr_expect_str_eq(a->run[0], "x20y20");
    cr_expect_eq(a->count, 20);
    cr_expect(a->clear_env);
    cr_expect_eq(a->output_limit, 20480);
    cr_expect_eq(a->expect.exits[0], 20);
    cr_expect_str_eq(a->expect.out.items[0].text, "^20$");
    cr_expect_eq(a->expect.calls[0].times.max, 20);
    cr_expect_eq(e->faults[0].rule.when_first, 20);
    cr_expect_eq(e->faults[1].rule.amount, 20);
    cr_expect_not(e->faults[0].dynamic);
    scenario_set_free(&set);
}

Test(matrix, a_value_may_hold_a_run_time_variable)
{
    struct scenario_set set =
        scenario_good("scenario: c\nmatrix: {a: [\"127.0.0.1:${port}\", \"$${x}\"]}\n"
                      "processes: {p: {run: [\"${a}\"]}}\nexpect: {p: {stdout: \"${a}\"}}\n");
    cr_assert_eq(set.count, 2);
    cr_expect_str_eq(set.experiments[0].processes[0].run[0], "127.0.0.1:${port}");
    cr_expect_eq(scenario_ports(&set.experiments[0]), 1);
    cr_expect_eq(scenario_ports(&set.experiments[1]), 0);
    scenario_set_free(&set);
}

Test(matrix, ten_thousand_experiments_are_not_too_many)
{
    char text[20000] = "scenario: c\nmatrix:\n  a: [0";
    for (int i = 1; i < 100; i++)
        sprintf(text + strlen(text), ", %d", i);
    sprintf(text + strlen(text), "]\n  b: [0");
    for (int i = 1; i < 100; i++)
        sprintf(text + strlen(text), ", %d", i);
    size_t until_here = strlen(text);
    sprintf(text + until_here, "]\n%s", SCENARIO_TAIL);
    struct scenario_set set = scenario_good(text);
    cr_expect_eq(set.count, 10000);
    cr_expect_str_eq(set.experiments[9999].name, "c [a=99, b=99]");
    scenario_set_free(&set);
    sprintf(text + until_here, ", 100]\n%s", SCENARIO_TAIL);
    cr_expect_str_eq(scenario_wrong(text),
                     "3:3: error: got a matrix of more than 10000 combinations, expected fewer");
}

Test(matrix, the_message_says_which_combination_is_wrong)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    const char *text =
        "scenario: c\nmatrix: {n: [1, 65], m: [x]}\nprocesses: {p: {run: [x], count: \"${n}\"}}\n"
        "expect: {}\n";
    cr_assert_not(scenario_read_text("t.yaml", text, strlen(text), &set, &diag));
    cr_expect_str_eq(diag.text, "t.yaml:3:34: error: got '65', expected a number from 1 to 64\n"
                                "    3 | processes: {p: {run: [x], count: \"${n}\"}}\n"
                                "      |                                  ^\n"
                                "      with n=65, m=x");
    cr_expect_eq(set.count, 0, "nor is the right one kept");
    scenario_set_free(&set);
}
