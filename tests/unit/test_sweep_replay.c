/* Records made once more. Needs build/libsockfault.so, build/reference and build/tests/broken. */
#include "harness/sweep/records/replay.h"
#include "tests/unit/run_world.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct run_world world;

static void begin(void)
{
    run_world_begin(&world);
}

static void finish(void)
{
    run_world_end(&world);
}

TestSuite(sweep_replay, .init = begin, .fini = finish, .timeout = 60);

#define SCENARIO                                                                                             \
    "scenario: x\nprocesses:\n"                                                                              \
    "  server: {run: [build/reference/server, --port, \"${port}\", --protocol, line], ready: listening}\n"   \
    "  client: {run: [build/tests/broken/client-single-read, \"${port}\", hello], after: server}\n"          \
    "expect: {client: {exit: 0}}\n"

static struct record made(const char *rule)
{
    static struct record_program program = {(char *)"client", (char *)"/old", (char *)"0123"};
    return (struct record){.scenario = (char *)"made.yaml",
                           .experiment = (char *)"x",
                           .text = (char *)SCENARIO,
                           .seed = 1,
                           .timeout_ns = INT64_C(10000000000),
                           .rule = (char *)rule,
                           .programs = &program,
                           .program_count = 1};
}

Test(sweep_replay, the_fault_comes_again_and_so_does_what_it_does)
{
    struct record record = made("client/recv:short=1:conn=1:when=1:scope=connection");
    struct replayed replayed;
    struct diag diag = {0};
    cr_assert(replay(&record, &world.options, &replayed, &diag), "%s", diag.text);
    cr_expect_eq(replayed.seen.outcome, SWEEP_WRONG_OUTPUT, "got %s",
                 sweep_outcome_name(replayed.seen.outcome));
    cr_assert_eq(replayed.result.rule_count, 1);
    cr_expect_eq(replayed.result.rules[0].fired, 1);
    cr_expect_not_null(strstr(replayed.changes, "client-single-read has been built anew (build-id "));
    replayed_free(&replayed);
}

Test(sweep_replay, one_that_never_comes_is_no_defect)
{
    struct record record = made("client/recv:short=1:conn=1:when=99:scope=connection");
    struct replayed replayed;
    struct diag diag = {0};
    cr_assert(replay(&record, &world.options, &replayed, &diag), "%s", diag.text);
    cr_expect_eq(replayed.seen.outcome, SWEEP_NOT_FIRED);
    replayed_free(&replayed);
}

static void expect_wrong(const struct record *record, enum status status, const char *message)
{
    struct replayed replayed;
    struct diag diag = {0};
    cr_expect_not(replay(record, &world.options, &replayed, &diag));
    cr_expect_eq(diag.status, status);
    cr_expect(strstr(diag.text, message) != NULL, "got '%s', expected '%s'", diag.text, message);
}

Test(sweep_replay, what_it_is_of_has_to_be_there)
{
    struct record record = made("client/recv:reset");
    record.experiment = (char *)"another";
    expect_wrong(&record, STATUS_USAGE, "made.yaml: error: got no experiment 'another', expected the one of");
    record = made("client/recv:reset");
    record.text = NULL;
    record.scenario = (char *)"/nowhere.yaml";
    expect_wrong(&record, STATUS_USAGE,
                 "/nowhere.yaml: error: got no file, expected the scenario of the record");
    record.scenario = world.base;
    expect_wrong(&record, STATUS_USAGE, ": error: got no file, expected the scenario of the record");
    record.scenario = world.fifo;
    expect_wrong(&record, STATUS_USAGE, ": error: got no file, expected the scenario of the record");
    record.scenario = (char *)"/dev/zero";
    expect_wrong(&record, STATUS_USAGE, ": error: got no file, expected the scenario of the record");
}

Test(sweep_replay, it_has_to_pass_without_the_fault)
{
    struct record record = made("client/recv:reset");
    record.text = (char *)"scenario: x\nprocesses: {a: {run: [\"false\"]}}\nexpect: {a: {exit: 0}}\n";
    expect_wrong(&record, STATUS_TROUBLE, "without a fault");
    record.text = (char *)"scenario: [x\n";
    expect_wrong(&record, STATUS_USAGE, "made.yaml:");
    record.text = (char *)"";
    expect_wrong(&record, STATUS_USAGE, "in 'text': made.yaml:1:1: error: got an empty file");
    record = made("client/recv:boredom");
    expect_wrong(&record, STATUS_USAGE, "got 'boredom'");
}
