/* What a sweep expects beyond its scenario, what it measures by, and how it bounds memory. */
#include "harness/sweep/subject.h"
#include "tests/unit/scenario_text.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

enum { SERVER, CLIENT };

static struct scenario_set set;
static struct sweep_subject subject;
static struct diag diag;

static bool make(const char *text)
{
    set = scenario_good(text);
    diag = (struct diag){0};
    return sweep_subject_make(scenario_only(&set), &subject, &diag);
}

static void make_pair(const char *server, const char *client, const char *expect)
{
    char text[1024];
    snprintf(text, sizeof text,
             "scenario: a pair\nprocesses:\n  server: {run: [s], ready: listening%s}\n"
             "  client: {run: [c], after: server%s}\nexpect: {%s}\n",
             server, client, expect);
    cr_assert(make(text), "%s", diag.text);
}

static void finish(void)
{
    sweep_subject_free(&subject);
    scenario_set_free(&set);
}

TestSuite(sweep_subject, .fini = finish);

Test(sweep_subject, a_service_is_to_run_on_leave_nothing_and_serve_the_next)
{
    make_pair("", "", "client: {exit: [3, 4]}");
    const struct expectations *expect = &subject.experiment.processes[SERVER].expect;
    cr_expect_eq(subject.probe, CLIENT);
    cr_expect_eq(expect->running, 1);
    cr_expect(expect->fds_unchanged && expect->no_zombies && expect->present);
    cr_expect_eq(expect->serves.process, CLIENT);
    cr_expect_eq(expect->serves.exit, 3);
    cr_expect_not(subject.experiment.processes[CLIENT].expect.fds_unchanged);
    cr_expect_not(subject.scenario->processes[SERVER].expect.fds_unchanged, "the scenario stays as it is");
}

Test(sweep_subject, what_the_scenario_says_itself_stays)
{
    make_pair("", "", "server: {running: false}");
    cr_expect_eq(subject.experiment.processes[SERVER].expect.running, 0);
}

Test(sweep_subject, of_several_clients_none_is_the_next)
{
    make_pair("", ", count: 2", "");
    cr_expect_eq(subject.probe, -1);
    cr_expect_eq(subject.experiment.processes[SERVER].expect.serves.process, -1);
}

Test(sweep_subject, a_service_without_the_shim_is_not_looked_at)
{
    make_pair(", shim: false", "", "server: {shim: absent}");
    cr_expect_not(subject.experiment.processes[SERVER].expect.fds_unchanged);
}

Test(sweep_subject, something_has_to_end_by_itself)
{
    cr_expect_not(make("scenario: a server\nprocesses:\n  server: {run: [s], ready: listening}\n"
                       "expect: {}\n"));
    cr_expect(strstr(diag.text, "got no process that ends by itself") != NULL, "got '%s'", diag.text);
}

Test(sweep_subject, what_is_to_hang_is_not_swept)
{
    cr_expect_not(make("scenario: a client\nverdict: hang\nprocesses: {client: {run: [c]}}\nexpect: {}\n"));
    cr_expect(strstr(diag.text, "got a scenario that is to come to 'hang'") != NULL, "got '%s'", diag.text);
}

Test(sweep_subject, it_is_measured_by_what_fails_beyond_the_scenario_alone)
{
    make_pair("", "", "server: {running: true}");
    struct result result = made_pair();
    cr_expect(sweep_subject_holds(&subject, &result, &diag));
    result_fail(&result, "server", "fds", "4", "5", "t.yaml", 1, 1);
    result_fail(&result, "server", "zombies", "none", "1", "t.yaml", 1, 1);
    result_fail(&result, "server", "serves", "status 0", "status 1", "t.yaml", 1, 1);
    cr_expect(sweep_subject_holds(&subject, &result, &diag), "%s", diag.text);
    result_fail(&result, "client", "exit", "status 0", "status 1", "t.yaml", 1, 1);
    cr_expect_not(sweep_subject_holds(&subject, &result, &diag));
    cr_expect(strstr(diag.text, "client: exit: expected status 0, got status 1") != NULL, "got '%s'",
              diag.text);
    result_free(&result);
}

Test(sweep_subject, what_the_scenario_expects_of_descriptors_has_to_hold)
{
    make_pair("", "", "server: {fds: unchanged}");
    struct result result = made_pair();
    result_fail(&result, "server", "fds", "4", "5", "t.yaml", 1, 1);
    cr_expect_not(sweep_subject_holds(&subject, &result, &diag));
    result_free(&result);
}

Test(sweep_subject, what_does_not_come_to_its_end_is_no_measure)
{
    make_pair("", "", "");
    struct result result = made_pair();
    result.verdict = VERDICT_VOID;
    result.reason = strdup("no shim");
    cr_expect_not(sweep_subject_holds(&subject, &result, &diag));
    cr_expect(strstr(diag.text, "no shim") != NULL, "got '%s'", diag.text);
    result_free(&result);
}

Test(sweep_subject, memory_is_bounded_by_what_was_had_without_a_fault)
{
    make_pair("", "", "");
    struct result without = made_pair();
    without.processes[SERVER].memory_peak = 100 * MIB;
    without.processes[CLIENT].memory_peak = MIB;
    sweep_subject_bound(&subject, &without);
    cr_expect_eq(subject.experiment.processes[SERVER].memory_limit, SWEEP_MEMORY_TIMES * 100 * MIB);
    cr_expect_eq(subject.experiment.processes[CLIENT].memory_limit, SWEEP_MEMORY_LEAST);
    result_free(&without);
}

Test(sweep_subject, memory_of_one_of_several_and_of_the_next_counts_for_all)
{
    make_pair("", ", count: 2", "");
    struct result without = made_pair();
    free(without.processes[CLIENT].name);
    without.processes[CLIENT].name = strdup("client#2");
    without.processes[CLIENT].memory_peak = 20 * MIB;
    sweep_subject_bound(&subject, &without);
    cr_expect_eq(subject.experiment.processes[CLIENT].memory_limit, SWEEP_MEMORY_TIMES * 20 * MIB);
    result_free(&without);
}

Test(sweep_subject, a_memory_limit_of_the_scenario_stays)
{
    make_pair(", memory_limit: 10MiB", "", "");
    struct result without = made_pair();
    sweep_subject_bound(&subject, &without);
    cr_expect_eq(subject.experiment.processes[SERVER].memory_limit, 10 * MIB);
    result_free(&without);
}

Test(sweep_subject, a_case_has_the_faults_of_the_scenario_and_one_event_more)
{
    cr_assert(make("scenario: a client\nprocesses: {client: {run: [c]}}\n"
                   "faults: ['client/connect:error=EINTR']\nexpect: {}\n"),
              "%s", diag.text);
    struct sweep_case one;
    cr_assert(
        sweep_case_make(&subject, "client/recv:short=1:when=1;client/recv:eof=half:when=2", &one, &diag),
        "%s", diag.text);
    cr_assert_eq(one.experiment.fault_count, 3);
    cr_expect_eq(one.experiment.faults[0].rule.fault, FAULT_ERROR);
    cr_expect_eq(one.experiment.faults[1].rule.fault, FAULT_SHORT);
    cr_expect_eq(one.experiment.faults[2].rule.fault, FAULT_EOF);
    cr_expect(one.experiment.faults[2].optional);
    cr_expect_eq(subject.experiment.fault_count, 1);
    sweep_case_free(&one);
    cr_expect_not(sweep_case_make(&subject, "client/recv:nonsense", &one, &diag));
    cr_expect_eq(diag.status, STATUS_USAGE);
}
