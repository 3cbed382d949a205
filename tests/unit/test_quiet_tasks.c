/* Whether something has happened to threads between two looks. */
#include "harness/quiet/tasks.h"

#include <criterion/criterion.h>
#include <sys/syscall.h>

static struct task sleeping(void)
{
    return (struct task){.pid = 10, .tid = 11, .state = 'S', .number = SYS_futex, .switches = 7};
}

static bool are_same(struct task before, struct task after)
{
    struct tasks a = {.items = &before, .count = 1}, b = {.items = &after, .count = 1};
    bool same = tasks_same(&a, &b);
    if (!same && !before.is_spared && (before.tid != after.tid || before.switches != after.switches))
        cr_expect_neq(tasks_stirs(&a), tasks_stirs(&b));
    if (same)
        cr_expect_eq(tasks_stirs(&a), tasks_stirs(&b));
    return same;
}

Test(quiet_tasks, one_that_sleeps_on_is_the_same)
{
    cr_expect(are_same(sleeping(), sleeping()));
}

/* A lock that was given from one to the other and back: all are asleep again, where they were. */
Test(quiet_tasks, one_that_ran_meanwhile_is_not_though_it_sleeps_in_the_same_call)
{
    struct task after = sleeping();
    after.switches++;
    cr_expect_not(are_same(sleeping(), after));
}

Test(quiet_tasks, another_call_another_state_or_another_thread_is_not)
{
    struct task call = sleeping(), state = sleeping(), thread = sleeping();
    call.number = SYS_read;
    state.state = 'T';
    thread.tid = 12;
    cr_expect_not(are_same(sleeping(), call));
    cr_expect_not(are_same(sleeping(), state));
    cr_expect_not(are_same(sleeping(), thread));
}

Test(quiet_tasks, one_more_or_one_less_is_not)
{
    struct task items[2] = {sleeping(), sleeping()};
    struct tasks one = {.items = items, .count = 1}, two = {.items = items, .count = 2};
    items[1].tid = 12;
    cr_expect_not(tasks_same(&one, &two));
    cr_expect_not(tasks_same(&two, &one));
    cr_expect_neq(tasks_stirs(&one), tasks_stirs(&two));
}

Test(quiet_tasks, the_one_that_may_run_may)
{
    struct task before = sleeping(), after = sleeping();
    before.is_spared = after.is_spared = true;
    after.switches++;
    cr_expect(are_same(before, after));
}
