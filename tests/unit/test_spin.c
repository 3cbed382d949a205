/* When a thread is said to spin. */
#include "harness/run/watch/progress.h"
#include "harness/run/watch/spin.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>

static const struct spin_thread before = {.pid = 4, .tid = 5, .calls = 100, .looks = 7, .ran_ns = 1000};

static struct spin_thread after(uint64_t calls, int64_t ran_ns)
{
    struct spin_thread thread = before;
    thread.calls += calls;
    thread.ran_ns += ran_ns;
    return thread;
}

Test(spin, many_calls_that_took_time_are_certain)
{
    struct spin_thread now = after(SPIN_CALLS, SPIN_CPU_NS);
    cr_expect(spin_is_certain(&before, &now));
}

Test(spin, few_calls_or_little_time_are_not)
{
    struct spin_thread few = after(SPIN_CALLS - 1, SPIN_CPU_NS), quick = after(SPIN_CALLS, SPIN_CPU_NS - 1);
    cr_expect_not(spin_is_certain(&before, &few));
    cr_expect_not(spin_is_certain(&before, &quick));
}

Test(spin, one_look_at_a_clock_leaves_it_open)
{
    struct spin_thread now = after(2 * SPIN_CALLS, 2 * SPIN_CPU_NS);
    now.looks++;
    cr_expect_not(spin_is_certain(&before, &now));
}

Test(spin, another_thread_with_the_same_slot_is_another)
{
    struct spin_thread now = after(SPIN_CALLS, SPIN_CPU_NS);
    now.tid = 6;
    cr_expect_not(spin_is_certain(&before, &now));
    cr_expect_not(spin_ran_on(&before, &now, SPIN_CPU_NS));
}

Test(spin, half_of_the_time_is_on_and_on)
{
    struct spin_thread half = after(0, 500), less = after(0, 499);
    cr_expect(spin_ran_on(&before, &half, 1000));
    cr_expect_not(spin_ran_on(&before, &less, 1000));
    cr_expect_not(spin_ran_on(&before, &half, 0));
}

Test(spin, waiting_for_a_processor_is_no_rest)
{
    struct spin_thread now = after(0, 100);
    now.ready_ns = 400;
    cr_expect(spin_ran_on(&before, &now, 1000));
}

static bool settled(const char *text, uint64_t matched)
{
    struct rule rule;
    struct expr_error error;
    cr_assert_eq(expr_parse(text, &rule, 1, &error), 1, "%s", text);
    return progress_rule_is_settled(&rule, matched);
}

Test(spin, rules_that_will_do_otherwise_later)
{
    cr_expect(settled("receive:eof=full", 0));
    cr_expect(settled("receive:eof=full:when=1:scope=all", 1));
    cr_expect_not(settled("receive:eof=full:when=1:scope=all", 0));
    cr_expect_not(settled("receive:error=EAGAIN:when=1..50000:scope=all", 49999));
    cr_expect(settled("receive:error=EAGAIN:when=1..50000:scope=all", 50000));
    cr_expect_not(settled("receive:error=EAGAIN:when=100..:scope=all", 98));
    cr_expect(settled("receive:error=EAGAIN:when=100..:scope=all", 99));
    cr_expect_not(settled("receive:error=EAGAIN:chance=1%", 1000000));
    cr_expect_not(settled("receive:error=EAGAIN:times=30000", 100));
}

Test(spin, where_it_is_counted_by_connection_each_may_have_had_but_a_share)
{
    cr_expect_not(settled("receive:error=EAGAIN:when=1..50000", 50000));
    cr_expect(settled("receive:error=EAGAIN:when=1..50000", 64 * 50000));
}
