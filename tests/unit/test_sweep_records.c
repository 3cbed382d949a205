/* The records of a sweep: their names, and which trial each is of. */
#include "harness/sweep/records/records.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct experiment made_experiment(const char *path)
{
    return (struct experiment){.file = (char *)path, .claim = (char *)"a claim", .name = (char *)"a claim"};
}

static void expect_name(const struct experiment *experiment, const char *rule, const char *expected)
{
    struct sweep_trial trial = {.rule = (char *)rule};
    char *name = records_name(experiment, &trial, NULL);
    cr_expect_str_eq(name, expected);
    free(name);
}

Test(sweep_records, a_name_is_scenario_and_rule)
{
    struct experiment experiment = made_experiment("some/where/a.yaml");
    expect_name(&experiment, "client/recv:short=1:conn=1:when=2:scope=connection",
                "a-client-recv-short=1-conn=1-when=2.record");
    expect_name(&experiment, "client#2/getaddrinfo:error=EAI_AGAIN:when=1:scope=all",
                "a-client-2-getaddrinfo-error=EAI-AGAIN-when=1.record");
    expect_name(&experiment, "recv:reset", "a-recv-reset.record");
}

Test(sweep_records, experiments_of_a_matrix_have_names_of_their_own)
{
    struct experiment experiment = made_experiment("a.yaml");
    experiment.name = (char *)"a claim [model=fork, path=/tmp/x]";
    experiment.matrix_count = 2;
    expect_name(&experiment, "recv:reset", "a-model=fork-path=-tmp-x-recv-reset.record");
}

Test(sweep_records, nothing_in_a_name_leads_out_of_the_folder)
{
    struct experiment experiment = made_experiment("../../..");
    expect_name(&experiment, "recv:match='/../../x\n\x1b[31m\xff':reset",
                "recv-match=-..-..-x-31m-reset.record");
    experiment.file = (char *)".hidden";
    expect_name(&experiment, "recv:reset", "recv-reset.record");
}

Test(sweep_records, a_name_is_never_longer_than_a_file_s_may_be)
{
    char long_name[900];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    struct experiment experiment = made_experiment(long_name);
    struct sweep_trial trial = {.rule = (char *)"recv:reset"};
    char *name = records_name(&experiment, &trial, NULL);
    cr_expect_eq(strlen(name), 200 + strlen(".record"));
    free(name);
}

Test(sweep_records, each_defect_has_the_record_of_its_first_trial)
{
    char folder[] = "/tmp/sweep-records-XXXXXX", inner[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(inner, sizeof inner, "%s/new", folder);
    struct experiment experiment = made_experiment("a.yaml");
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    struct sweep_trial trials[2] = {
        {.call = &call, .row = legal_row_at(0), .rule = (char *)"client/recv:reset", .expect = EXPECT_H},
        {.call = &call, .row = legal_row_at(1), .rule = (char *)"client/recv:short=1", .starting = true}};
    struct sweep_tried tried[2] = {{.seen = {.outcome = SWEEP_HANG}}, {.seen = {.outcome = SWEEP_CRASH}}};
    struct sweep_defect defect = {.trials = (size_t[]){1, 0}, .count = 2};
    struct sweep sweep = {.subject = {.scenario = &experiment},
                          .plan = {.trials = trials, .count = 2},
                          .tried = tried,
                          .defects = &defect,
                          .defect_count = 1};
    struct sweep_programs programs = {0};
    struct run_options options = {.seed = 7, .timeout_ns = 5};
    struct diag diag = {0};
    struct record got;
    cr_assert(records_write(&sweep, &programs, &options, "the text", inner, &diag), "%s", diag.text);
    cr_assert(record_read(defect.record, &got, &diag), "%s", diag.text);
    cr_expect_str_eq(got.rule, "client/recv:short=1");
    cr_expect_str_eq(got.row, legal_row_at(1)->name);
    cr_expect_str_eq(got.text, "the text");
    cr_expect_eq(got.outcome, SWEEP_CRASH);
    cr_expect_eq(got.seed, 7);
    cr_expect(got.starting);
    record_free(&got);
    unlink(defect.record);
    rmdir(inner);
    rmdir(folder);
    free(defect.record);
}

Test(sweep_records, a_folder_that_cannot_be_made_is_said)
{
    struct experiment experiment = made_experiment("a.yaml");
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    struct sweep_trial trial = {.call = &call, .row = legal_row_at(0), .rule = (char *)"client/recv:reset"};
    struct sweep_tried tried = {.seen = {.outcome = SWEEP_HANG}};
    struct sweep_defect defect = {.trials = (size_t[]){0}, .count = 1};
    struct sweep sweep = {.subject = {.scenario = &experiment},
                          .plan = {.trials = &trial, .count = 1},
                          .tried = &tried,
                          .defects = &defect,
                          .defect_count = 1};
    struct sweep_programs programs = {0};
    struct run_options options = {.seed = 7, .timeout_ns = 5};
    struct diag diag = {0};
    cr_expect_not(records_write(&sweep, &programs, &options, NULL, "/proc/nowhere", &diag));
    cr_expect_eq(diag.status, STATUS_TROUBLE);
    cr_expect_null(defect.record);
}
