/* What came of a trial, by what came of the run without the fault. */
#include "harness/sweep/outcome.h"
#include "tests/unit/scenario_text.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { SERVER, CLIENT, NEXT };

static struct scenario_set set;
static struct result without, result;
static struct sweep_measure measure;

static void begin(void)
{
    set = scenario_good("scenario: a pair\nprocesses:\n  server: {run: [s], ready: listening}\n"
                        "  client: {run: [c], after: server}\nexpect: {}\n");
    without = made_pair();
    result = made_pair();
    measure = (struct sweep_measure){.experiment = scenario_only(&set), .without = &without};
}

static void finish(void)
{
    result_free(&without);
    result_free(&result);
    scenario_set_free(&set);
}

TestSuite(sweep_outcome, .init = begin, .fini = finish);

static void expect_seen(enum sweep_outcome outcome, const char *words)
{
    struct sweep_seen seen = sweep_judge(&measure, &result);
    cr_expect_eq(seen.outcome, outcome, "got %s, expected %s: %s", sweep_outcome_name(seen.outcome),
                 sweep_outcome_name(outcome), seen.words == NULL ? "" : seen.words);
    if (words != NULL)
        cr_expect(seen.words != NULL && strstr(seen.words, words) != NULL, "got '%s'",
                  seen.words == NULL ? "" : seen.words);
    sweep_seen_free(&seen);
}

static void set_out(size_t process, const char *out)
{
    free(result.processes[process].out);
    result.processes[process].out = strdup(out);
    result.processes[process].out_len = strlen(out);
}

Test(sweep_outcome, nothing_else_is_the_same)
{
    expect_seen(SWEEP_SAME, NULL);
}

Test(sweep_outcome, a_failure_that_wrote_less_is_graceful)
{
    result.processes[CLIENT].status = 1;
    set_out(CLIENT, "he");
    free(result.processes[CLIENT].err);
    result.processes[CLIENT].err = strdup("well\nrecv: gone\n");
    result.processes[CLIENT].err_len = strlen("well\nrecv: gone\n");
    expect_seen(SWEEP_GRACEFUL, "client: status 1; without the fault status 0; it said \"recv: gone\"");
}

Test(sweep_outcome, a_failure_that_wrote_otherwise_is_not)
{
    result.processes[CLIENT].status = 1;
    set_out(CLIENT, "hex");
    expect_seen(SWEEP_WRONG_OUTPUT, "\"hex\"; without the fault \"hello\\n\"");
}

Test(sweep_outcome, many_more_calls_than_without_the_fault_lead_nowhere)
{
    without.processes[CLIENT].calls = 10;
    result.processes[CLIENT].calls = 4200;
    expect_seen(SWEEP_SAME, NULL);
    result.processes[CLIENT].calls = 4201;
    expect_seen(SWEEP_SPIN, "client: 4201 calls; without the fault 10");
}

/* The client is another run of the server's program, which came after. */
Test(sweep_outcome, the_next_run_of_the_program_has_to_do_its_work)
{
    struct scenario_fault fault = {.rule = {.fault = FAULT_RESET, .process = "server"}};
    struct experiment experiment = *scenario_only(&set);
    experiment.faults = &fault;
    experiment.fault_count = 1;
    experiment.processes[CLIENT].run[0][0] = 's';
    measure.experiment = &experiment;
    result.processes[CLIENT].status = 1;
    set_out(CLIENT, "");
    expect_seen(SWEEP_NEXT_FAILS, "client: status 1; without the fault status 0");
    fault.rule.fault = FAULT_DELAY;
    expect_seen(SWEEP_GRACEFUL, NULL);
    fault.rule.fault = FAULT_RESET;
    experiment.processes[CLIENT].run[0][0] = 'c';
    expect_seen(SWEEP_GRACEFUL, NULL);
}

Test(sweep_outcome, success_with_less_is_wrong_output)
{
    set_out(CLIENT, "he");
    expect_seen(SWEEP_WRONG_OUTPUT, NULL);
}

Test(sweep_outcome, a_failure_may_not_write_more)
{
    result.processes[CLIENT].status = 1;
    set_out(CLIENT, "hello\nhello\n");
    expect_seen(SWEEP_WRONG_OUTPUT, NULL);
}

Test(sweep_outcome, half_a_character_at_the_end_is_a_beginning)
{
    free(without.processes[CLIENT].out);
    without.processes[CLIENT].out = strdup("h\xc3\xa9\n");
    without.processes[CLIENT].out_len = 4;
    set_out(CLIENT, "h\xef\xbf\xbd");
    result.processes[CLIENT].status = 1;
    expect_seen(SWEEP_GRACEFUL, NULL);
}

Test(sweep_outcome, a_signal_that_is_not_ours_is_a_crash)
{
    result.processes[CLIENT].status = -1;
    result.processes[CLIENT].signal = SIGSEGV;
    expect_seen(SWEEP_CRASH, "killed by SIGSEGV");
    result.processes[CLIENT].killed_by_us = true;
    expect_seen(SWEEP_GRACEFUL, NULL);
}

Test(sweep_outcome, a_crash_outweighs_the_hang_it_causes)
{
    result.verdict = VERDICT_HANG;
    result.reason = strdup("nothing can happen any more\nclient waits");
    expect_seen(SWEEP_HANG, "client waits");
    result.processes[SERVER].stopped_by_us = false;
    result.processes[SERVER].status = -1;
    result.processes[SERVER].signal = SIGABRT;
    expect_seen(SWEEP_CRASH, "server: killed by SIGABRT");
}

Test(sweep_outcome, spin_and_timeout_are_what_the_verdict_says)
{
    result.verdict = VERDICT_SPIN;
    expect_seen(SWEEP_SPIN, NULL);
    result.verdict = VERDICT_TIMEOUT;
    expect_seen(SWEEP_TIMEOUT, NULL);
}

Test(sweep_outcome, a_server_that_ends_is_gone)
{
    result.processes[SERVER].stopped_by_us = false;
    result.processes[SERVER].status = 1;
    result.processes[NEXT].status = 1; /* follows of it */
    expect_seen(SWEEP_SERVER_GONE, "server: status 1");
    measure.starting = true;
    expect_seen(SWEEP_GRACEFUL, NULL);
    result.processes[SERVER].status = 0; /* and says nothing */
    expect_seen(SWEEP_SERVER_GONE, NULL);
}

Test(sweep_outcome, the_next_client_has_to_be_served)
{
    result.processes[NEXT].status = 1;
    expect_seen(SWEEP_NEXT_NOT_SERVED, "client#next: status 1");
}

Test(sweep_outcome, descriptors_and_zombies_are_counted_against_the_run_without)
{
    result.processes[SERVER].fds_after = 6;
    expect_seen(SWEEP_FD_LEAK, "6 descriptors at the end, 5");
    measure.silenced = true;
    expect_seen(SWEEP_SAME, NULL);
    measure.silenced = false;
    without.processes[SERVER].fds_after = 6;
    expect_seen(SWEEP_SAME, NULL);
    result.processes[SERVER].zombies = 1;
    expect_seen(SWEEP_ZOMBIE, "1 ended child not waited for");
}

Test(sweep_outcome, what_a_service_writes_is_not_compared)
{
    set_out(SERVER, "12:31 a client came\n");
    expect_seen(SWEEP_SAME, NULL);
}

Test(sweep_outcome, a_rule_that_did_not_fire_proves_nothing)
{
    result.rules[0].fired = 0;
    result.processes[CLIENT].status = 1;
    expect_seen(SWEEP_NOT_FIRED, NULL);
    result.rules[0].refused = 1;
    result.rules[0].refused_why = strdup("the socket is not TCP");
    expect_seen(SWEEP_REFUSED, "the socket is not TCP");
    result.verdict = VERDICT_VOID;
    expect_seen(SWEEP_TROUBLE, NULL);
}

Test(sweep_outcome, giving_up_is_a_defect_where_the_result_should_be_the_same)
{
    cr_expect_eq(sweep_outcome_class(SWEEP_GRACEFUL, EXPECT_T), SWEEP_CLASS_DEFECT);
    cr_expect_eq(sweep_outcome_class(SWEEP_GRACEFUL, EXPECT_H), SWEEP_CLASS_SURVIVED);
    for (int i = SWEEP_GRACEFUL + 1; i <= SWEEP_CRASH; i++)
        cr_expect_eq(sweep_outcome_class((enum sweep_outcome)i, EXPECT_H), SWEEP_CLASS_DEFECT, "%s",
                     sweep_outcome_name((enum sweep_outcome)i));
    for (int i = 0; i < SWEEP_OUTCOMES; i++)
        cr_expect_eq(sweep_outcome_find(sweep_outcome_name((enum sweep_outcome)i)), (enum sweep_outcome)i);
    cr_expect_eq(sweep_outcome_find("nothing"), SWEEP_OUTCOMES);
}

Test(sweep_outcome, a_memory_error_is_the_worst_unless_it_is_there_without_the_fault)
{
    result.processes[CLIENT].status = -1;
    result.processes[CLIENT].signal = SIGSEGV;
    result.processes[CLIENT].memory = strdup("A at f (c.c:1)\nB at g (c.c:2)");
    expect_seen(SWEEP_MEMORY_ERROR, "client: A at f (c.c:1); killed by SIGSEGV");
    without.processes[CLIENT].memory = strdup("X at f (c.c:9)\nA at f (c.c:1)");
    expect_seen(SWEEP_MEMORY_ERROR, "client: B at g (c.c:2); killed by SIGSEGV");
    free(result.processes[CLIENT].memory);
    result.processes[CLIENT].memory = strdup("A at f (c.c:1)");
    expect_seen(SWEEP_CRASH, NULL);
}

Test(sweep_outcome, a_memory_error_of_the_server_counts_in_a_hang_as_well)
{
    result.verdict = VERDICT_HANG;
    result.processes[SERVER].memory = strdup("A at f (c.c:1)");
    expect_seen(SWEEP_MEMORY_ERROR, NULL);
}

Test(sweep_outcome, too_much_memory_explains_what_comes_of_its_end)
{
    without.processes[SERVER].memory_peak = 2 << 20;
    result.processes[SERVER].memory_cut = strdup("300 MiB at server.c:7");
    result.processes[SERVER].killed_by_us = true;
    result.processes[SERVER].stopped_by_us = false;
    result.processes[SERVER].signal = SIGKILL;
    result.processes[NEXT].status = 1;
    expect_seen(SWEEP_MEMORY, "server: it had 300 MiB at server.c:7; without the fault 2 MiB at most");
}
