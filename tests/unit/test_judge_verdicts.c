/* What explains the rest, and which verdict holds. */
#include "tests/unit/judge_world.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct world w;

static void two(void)
{
    world_init(&w, 2);
}

static void end(void)
{
    world_free(&w);
}

TestSuite(judge_verdicts, .init = two, .fini = end);

static void held(void)
{
    cr_expect_str_eq(world_judge(&w), "");
    cr_expect_eq(w.result.verdict, VERDICT_PASS);
}

static void failed(const char *failures)
{
    cr_expect_str_eq(world_judge(&w), failures);
    cr_expect_eq(w.result.verdict, VERDICT_FAIL);
}

static struct expectations *expect(size_t i)
{
    w.processes[i].expect.present = true;
    w.processes[i].expect.place = (struct place){"x.yaml", 11, 3};
    return &w.processes[i].expect;
}

static void ended(size_t i, int status, int number)
{
    w.result.processes[i].status = status;
    w.result.processes[i].signal = number;
}

Test(judge_verdicts, process_that_was_not_ready)
{
    w.processes[1].ready = READY_LISTENING;
    w.seen[1].not_ready = (char *)"ended with status 1 before it was listening";
    ended(1, 1, 0);
    w.result.processes[0].started = w.result.processes[0].hello = false;
    w.seen[0].not_started = (char *)"server was not ready";
    failed("server: ready: expected ready: listening, got ended with status 1 before it was listening\n");
}

Test(judge_verdicts, process_that_was_not_started_for_no_reason_of_another)
{
    w.result.processes[0].started = w.result.processes[0].hello = false;
    w.seen[0].not_started = (char *)"no more processes";
    failed("client: start: expected started, got not started: no more processes\n");
}

Test(judge_verdicts, timeout_names_who_waits)
{
    world_service(&w, 1);
    w.observed.timed_out = true;
    w.seen[0].killed = w.seen[1].killed = KILL_TIMEOUT;
    w.result.processes[0].waiting = strdup("waits in recv() on connection 1");
    w.result.processes[1].waiting = strdup("waits in accept()");
    cr_expect_str_eq(world_judge(&w),
                     "client: timeout: expected over within 10.0 s, got still running: waits in recv() "
                     "on connection 1\n");
    cr_expect_eq(w.result.verdict, VERDICT_TIMEOUT);
    cr_expect_str_eq(w.result.reason, "not over after 10.0 s: client waits in recv() on connection 1");
}

/* What hung: the client, that was to end, and a service that was not. */
static void hang(void)
{
    world_service(&w, 1);
    w.observed.hung = true;
    w.seen[0].killed = w.seen[1].killed = KILL_TIMEOUT;
    w.result.processes[0].waiting = strdup("waits in recv() on connection 1");
    w.result.processes[1].waiting = strdup("waits in accept()");
}

Test(judge_verdicts, hang_says_why_it_is_one_and_who_waits)
{
    hang();
    cr_expect_str_eq(world_judge(&w), "client: hang: expected over, got still running: waits in recv() on "
                                      "connection 1\n");
    cr_expect_eq(w.result.verdict, VERDICT_HANG);
    cr_expect_str_eq(w.result.reason,
                     "nothing can happen any more: everybody waits, nothing is in flight, no timeout is set\n"
                     "client waits in recv() on connection 1\nserver waits in accept()");
}

Test(judge_verdicts, spin_names_who_runs_first)
{
    hang();
    w.observed.spun = true;
    w.seen[1].spins = true;
    free(w.result.processes[1].waiting);
    w.result.processes[1].waiting = strdup("spins in accept()");
    cr_expect_str_eq(world_judge(&w), "client: spin: expected over, got still running: waits in recv() on "
                                      "connection 1\n");
    cr_expect_eq(w.result.verdict, VERDICT_SPIN);
    cr_expect_str_eq(w.result.reason, "server spins in accept()\nclient waits in recv() on connection 1");
}

Test(judge_verdicts, hang_that_was_wanted)
{
    hang();
    w.experiment.verdict = (char *)"hang";
    held();
}

Test(judge_verdicts, hang_that_was_wanted_does_not_excuse_others)
{
    hang();
    w.experiment.verdict = (char *)"hang";
    w.seen[1].killed = KILL_NONE;
    w.result.processes[1].stopped_by_us = false;
    ended(1, 1, 0);
    failed("server: running: expected running until told to stop, got status 1 after 5.00 ms\n");
}

Test(judge_verdicts, hang_that_was_wanted_and_did_not_come)
{
    w.experiment.verdict = (char *)"hang";
    w.experiment.verdict_place = (struct place){"x.yaml", 2, 10};
    failed("-: verdict: expected hang, got pass\n");
    cr_expect_eq(w.result.failures[0].line, 2);
}

Test(judge_verdicts, timeout_in_place_of_the_hang_that_was_wanted)
{
    w.experiment.verdict = (char *)"hang";
    w.observed.timed_out = true;
    w.seen[0].killed = KILL_TIMEOUT;
    w.result.processes[0].waiting = strdup("runs");
    cr_expect_str_eq(world_judge(&w),
                     "client: timeout: expected over within 10.0 s, got still running: runs\n"
                     "-: verdict: expected hang, got timeout\n");
    cr_expect_eq(w.result.verdict, VERDICT_TIMEOUT);
}

Test(judge_verdicts, timeout_does_not_blame_the_service_that_was_started_first)
{
    world_service(&w, 0);
    w.observed.timed_out = true;
    w.seen[0].killed = w.seen[1].killed = KILL_TIMEOUT;
    w.result.processes[0].waiting = strdup("waits in accept()");
    w.result.processes[1].waiting = strdup("waits in wait4() for the end of a child");
    world_judge(&w);
    cr_expect_str_eq(w.result.reason,
                     "not over after 10.0 s: server waits in wait4() for the end of a child");
}

Test(judge_verdicts, ending)
{
    struct process_result process = {.started = true};
    static const char *const texts[] = {"still running", "status 3", "killed by SIGKILL",
                                        "killed by Sockfault", "not started"};
    for (int i = 0; i < 5; i++) {
        process.ended = i > 0;
        process.status = 3;
        process.signal = i > 1 ? SIGKILL : 0;
        process.killed_by_us = i > 2;
        process.started = i < 4;
        char *text = judge_ending(&process);
        cr_expect_str_eq(text, texts[i]);
        free(text);
    }
}

Test(judge_verdicts, timeout_keeps_the_failures)
{
    w.observed.timed_out = true;
    w.seen[0].killed = KILL_TIMEOUT;
    ended(1, 1, 0);
    cr_expect_str_eq(
        world_judge(&w),
        "client: timeout: expected over within 10.0 s, got still running, and in no call the shim knows\n"
        "server: exit: expected status 0, got status 1\n");
    cr_expect_eq(w.result.verdict, VERDICT_TIMEOUT);
    cr_expect_str_eq(w.result.reason, "not over after 10.0 s");
}

Test(judge_verdicts, void_is_graver_than_failure_and_timeout)
{
    w.observed.timed_out = true;
    w.result.processes[0].hello = false;
    ended(1, 1, 0);
    cr_expect_str_eq(world_judge(&w), "server: exit: expected status 0, got status 1\n");
    cr_expect_eq(w.result.verdict, VERDICT_VOID);
    cr_expect_str_eq(w.result.reason, "the shim was not loaded into client (client)");
}

Test(judge_verdicts, error_stays_error)
{
    w.result.verdict = VERDICT_ERROR;
    w.result.reason = strdup("no space left on device");
    w.result.processes[0].hello = false;
    ended(1, 1, 0);
    world_judge(&w);
    cr_expect_eq(w.result.verdict, VERDICT_ERROR);
    cr_expect_str_eq(w.result.reason, "no space left on device");
    cr_expect_eq(w.result.failure_count, 1);
}

Test(judge_verdicts, skip_is_graver_than_void)
{
    w.result.verdict = VERDICT_SKIP;
    w.result.processes[0].hello = false;
    world_judge(&w);
    cr_expect_eq(w.result.verdict, VERDICT_SKIP);
}

Test(judge_verdicts, shim_absent)
{
    expect(0)->shim_absent = true;
    w.result.processes[0].hello = false;
    held();
    w.result.processes[0].hello = true;
    failed("client: shim: expected absent, got loaded\n");
}

Test(judge_verdicts, no_shim_asked_for_is_not_void)
{
    w.processes[0].shim = false;
    w.result.processes[0].hello = false;
    held();
}

Test(judge_verdicts, all_failures_are_kept)
{
    ended(0, 1, 0);
    ended(1, -1, SIGSEGV);
    failed("client: exit: expected status 0, got status 1\nserver: exit: expected status 0, got killed by "
           "SIGSEGV\n");
}

Test(judge_verdicts, table_of_expectations)
{
    size_t i = 0;
    for (const struct expectation_info *info; (info = judge_expectation_at(i)) != NULL; i++)
        cr_expect(info->name[0] != '\0' && strlen(info->help) > 10);
    cr_expect_eq(i, 13);
    cr_expect_str_eq(judge_expectation_at(0)->name, "exit");
}
