/* What is left of a scenario is written as one: all but its faults, its matrix and its exclusions stays. */
#include "harness/sweep/shrink/written.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/shrink-written-XXXXXX.yaml";
static struct scenario_set set;

static void begin(void)
{
    int fd = mkstemps(path, 5);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void finish(void)
{
    scenario_set_free(&set);
    unlink(path);
}

TestSuite(shrink_written, .init = begin, .fini = finish);

/* The last experiment of that text, once it is in the file. */
static const struct experiment *experiment_of(const char *text)
{
    struct diag diag = {0};
    FILE *file = fopen(path, "we");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    cr_assert(scenario_read(path, &set, &diag, NULL, NULL), "%s", diag.text);
    return &set.experiments[set.count - 1];
}

/* With two decisions, of which the second is kept. */
static char *write_it(const struct experiment *experiment, struct diag *diag)
{
    struct choice_made items[2] = {{.process = (char *)"a",
                                    .call = CALL_recv,
                                    .connection = 1,
                                    .nth = 1,
                                    .fault = FAULT_RESET,
                                    .site = (char *)"a.c:1"},
                                   {.process = (char *)"a",
                                    .call = CALL_recv,
                                    .connection = 1,
                                    .nth = 12,
                                    .fault = FAULT_ERROR,
                                    .err = EINTR,
                                    .site = (char *)"a.c:2\n"}};
    bool kept[2] = {false, true};
    struct shrunk shrunk = {.choices = {items, 2}, .kept = kept};
    return written_scenario(experiment, &shrunk, diag);
}

#define LEFT                                                                                                 \
    "faults: # 1 of the 2 single faults that rules decided on\n"                                             \
    "  # a.c:2\\n: the 12th recv on connection 1 of a fails with EINTR\n"                                    \
    "  - \"a/recv:error=EINTR:conn=1:when=12:scope=connection\"\n"

static void expect_written(const char *before, const char *after)
{
    struct diag diag = {0};
    struct scenario_set again = {0};
    char *text = write_it(experiment_of(before), &diag);
    cr_assert_not_null(text, "%s", diag.text);
    cr_expect_str_eq(text, after);
    cr_assert(scenario_read_text("again", text, strlen(text), &again, &diag), "%s", diag.text);
    cr_expect_eq(again.count, 1);
    cr_expect_str_eq(again.experiments[0].name, set.experiments[set.count - 1].name);
    scenario_set_free(&again);
    free(text);
}

Test(shrink_written, comments_and_all_other_keys_stay_where_they_are)
{
    expect_written("# head\nscenario: x\nfaults:\n  # one\n  - {call: recv, short: 1}\n  - recv:reset\n\n"
                   "# of processes\nprocesses: {a: {run: [x]}} # here\nexpect: {}\n# end\n",
                   "# head\nscenario: x\n" LEFT
                   "\n# of processes\nprocesses: {a: {run: [x]}} # here\nexpect: {}\n# end\n");
}

Test(shrink_written, faults_may_be_the_last_and_not_indented)
{
    expect_written("scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {}\nfaults:\n- recv:reset\n- send:reset",
                   "scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {}\n" LEFT);
    expect_written("scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {}\nfaults: [recv:reset]\n",
                   "scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {}\n" LEFT);
}

Test(shrink_written, of_a_matrix_one_combination_is_left)
{
    expect_written(
        "scenario: x\nmatrix:\n  n: [1, 2]\n  text: [\"\\\"\\\\\\n\\u00e9\", '${port}']\n"
        "exclude:\n  - {n: 1, text: '${port}'}\nprocesses: {a: {run: [x, \"${n}\", \"${text}\"]}}\n"
        "faults: [recv:reset]\nexpect: {}\n",
        "scenario: x\nmatrix:\n  n: [\"2\"]\n  text: [\"${port}\"]\n"
        "processes: {a: {run: [x, \"${n}\", \"${text}\"]}}\n" LEFT "expect: {}\n");
    expect_written(
        "scenario: x\nmatrix:\n  text: [\"\\\"\\\\\\n\\u00e9\"]\nprocesses: {a: {run: [\"${text}\"]}}\n"
        "faults: [recv:reset]\nexpect: {}\n",
        "scenario: x\nmatrix:\n  text: [\"\\\"\\\\\\x0a\xc3\xa9\"]\n"
        "processes: {a: {run: [\"${text}\"]}}\n" LEFT "expect: {}\n");
}

Test(shrink_written, a_scenario_in_braces_is_refused)
{
    struct diag diag = {0};
    const struct experiment *experiment =
        experiment_of("{scenario: x, processes: {a: {run: [x]}}, faults: [recv:reset], expect: {}}\n");
    cr_expect_null(write_it(experiment, &diag));
    cr_expect_eq(diag.status, STATUS_USAGE);
    cr_expect_not_null(strstr(diag.text, ":1:1: error: got keys in braces, expected one key a line"));
}

Test(shrink_written, a_file_that_is_gone_is_said)
{
    struct diag diag = {0};
    const struct experiment *experiment =
        experiment_of("scenario: x\nprocesses: {a: {run: [x]}}\nfaults: [recv:reset]\nexpect: {}\n");
    unlink(path);
    cr_expect_null(write_it(experiment, &diag));
    cr_expect_eq(diag.status, STATUS_TROUBLE);
}
