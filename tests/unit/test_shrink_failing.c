/* Whether a run failed as another did. */
#include "harness/sweep/shrink/failing.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct failing failing;

static void finish(void)
{
    failing_free(&failing);
}

TestSuite(shrink_failing, .fini = finish);

/* A client that ended so, which was not expected. */
static struct result made_failed(int status, int signal)
{
    struct result result = made_pair();
    result.processes[1].status = status;
    result.processes[1].signal = signal;
    result_fail(&result, NULL, "rule 1", "fired", "did not", "a.yaml", 1, 1);
    result_fail(&result, "client", "exit", "status 0", "another", "a.yaml", 1, 1);
    result_fail(&result, "client", "stdout", "hello", "", "a.yaml", 1, 1);
    return result;
}

static void expect_same(bool same, struct result result)
{
    cr_expect_eq(failing_same(&failing, &result), same);
    result_free(&result);
}

static void begin(struct result result)
{
    cr_assert(failing_find(&result, &failing));
    result_free(&result);
}

Test(shrink_failing, it_is_the_first_expectation_that_is_not_about_a_rule)
{
    begin(made_failed(3, 0));
    cr_expect_str_eq(failing.process, "client");
    cr_expect_str_eq(failing.what, "exit");
    cr_expect_str_eq(failing.words, "client: exit: expected status 0, got another");
}

Test(shrink_failing, it_is_the_same_by_the_same_end_of_the_same_process)
{
    begin(made_failed(3, 0));
    expect_same(true, made_failed(3, 0));
    expect_same(false, made_failed(1, 0));
    expect_same(false, made_failed(-1, SIGSEGV));
    expect_same(false, made_pair());
    struct result other = made_failed(3, 0);
    strcpy(other.failures[1].what, "none");
    expect_same(false, other);
    other = made_failed(3, 0);
    strcpy(other.failures[1].process, "server");
    expect_same(false, other);
    other = made_failed(3, 0);
    other.verdict = VERDICT_HANG;
    expect_same(false, other);
}

Test(shrink_failing, a_crash_is_known_by_its_signal)
{
    begin(made_failed(-1, SIGSEGV));
    expect_same(true, made_failed(-1, SIGSEGV));
    expect_same(false, made_failed(-1, SIGABRT));
}

Test(shrink_failing, a_hang_without_an_expectation_is_one)
{
    struct result result = made_pair();
    result.verdict = VERDICT_HANG;
    begin(result);
    result = made_pair();
    result.verdict = VERDICT_HANG;
    expect_same(true, result);
    result = made_pair();
    result.verdict = VERDICT_SPIN;
    expect_same(false, result);
}

Test(shrink_failing, what_passes_or_says_nothing_did_not_fail)
{
    struct result result = made_pair();
    cr_expect_not(failing_find(&result, &failing));
    result.verdict = VERDICT_ERROR;
    cr_expect_not(failing_find(&result, &failing));
    result.verdict = VERDICT_PASS;
    result_fail(&result, NULL, "rule 1", "fired", "did not", "a.yaml", 1, 1);
    cr_expect_not(failing_find(&result, &failing), "a rule is left out, not looked for");
    result_free(&result);
}
