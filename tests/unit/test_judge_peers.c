/* What the judge says of scripted peers. */
#include "tests/unit/judge_world.h"

#include <criterion/criterion.h>
#include <signal.h>

static struct world w;
static struct peer_outcome outcome;

/* The second process is a peer that came to its step 3. */
static void peer(void)
{
    world_init(&w, 2);
    outcome = (struct peer_outcome){.what = (char *)"step 3: expect",
                                    .expected = (char *)"\"hello\"",
                                    .got = (char *)"\"hel\"",
                                    .place = {"x.yaml", 7, 9}};
    w.processes[1].shim = false;
    w.result.processes[1].hello = false;
    w.seen[1].peer = &outcome;
}

static void end(void)
{
    world_free(&w);
}

TestSuite(judge_peers, .init = peer, .fini = end);

Test(judge_peers, a_script_that_held_is_right)
{
    outcome.held = true;
    cr_expect_str_eq(world_judge(&w), "");
    cr_expect_eq(w.result.verdict, VERDICT_PASS);
}

Test(judge_peers, a_step_that_did_not_hold_fails_with_its_place)
{
    outcome.failed = true;
    w.result.processes[1].status = 1;
    cr_expect_str_eq(world_judge(&w), "server: step 3: expect: expected \"hello\", got \"hel\"\n");
    cr_expect_eq(w.result.verdict, VERDICT_FAIL);
    cr_expect_eq(w.result.failures[0].line, 7);
    cr_expect_eq(w.result.failures[0].column, 9);
}

Test(judge_peers, it_says_more_than_that_others_waited_for_it)
{
    outcome.failed = true;
    w.seen[1].not_ready = (char *)"ended with status 1 before it was listening";
    cr_expect_str_eq(world_judge(&w), "server: step 3: expect: expected \"hello\", got \"hel\"\n");
    w.seen[1].not_ready = NULL;
}

Test(judge_peers, a_script_that_rests_is_a_service)
{
    outcome.rested = true;
    world_service(&w, 1);
    cr_expect_str_eq(world_judge(&w), "");
}

Test(judge_peers, one_that_was_stopped_in_the_middle_is_not)
{
    world_service(&w, 1);
    cr_expect_str_eq(world_judge(&w),
                     "server: step 3: expect: expected \"hello\", got \"hel\"\nand nobody else was left\n");
}

Test(judge_peers, time_that_was_over_is_told_with_what_was_waited_for)
{
    w.observed.timed_out = true;
    w.seen[1].killed = KILL_TIMEOUT;
    w.result.processes[1].killed_by_us = true;
    w.result.processes[1].signal = SIGKILL;
    cr_expect_str_eq(world_judge(&w),
                     "server: step 3: expect: expected \"hello\", got \"hel\"\nwhen time was over\n");
    cr_expect_eq(w.result.verdict, VERDICT_TIMEOUT);
}

Test(judge_peers, one_that_was_in_a_pause_has_nothing_to_show)
{
    outcome.expected = outcome.got = NULL;
    world_service(&w, 1);
    cr_expect_str_eq(world_judge(&w),
                     "server: step 3: expect: expected the step to be over, got not over\nand "
                     "nobody else was left\n");
}

Test(judge_peers, one_that_died_is_judged_as_anybody)
{
    w.result.processes[1].signal = SIGSEGV;
    w.result.processes[1].status = -1;
    cr_expect_str_eq(world_judge(&w), "server: exit: expected status 0, got killed by SIGSEGV\n");
}

Test(judge_peers, a_probe_tells_of_its_step_as_well)
{
    size_t probe = world_add(&w, 1, "server#next", 0);
    outcome.held = true;
    struct peer_outcome other = outcome;
    other.held = false;
    other.failed = true;
    w.seen[probe].peer = &other;
    cr_expect_str_eq(world_judge(&w), "server#next: step 3: expect: expected \"hello\", got \"hel\"\n");
}
