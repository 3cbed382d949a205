#include "harness/quiet/sleeps.h"

#include <criterion/criterion.h>
#include <linux/futex.h>
#include <sys/syscall.h>

static enum sleep_kind kind(int number, int arg, uint64_t value)
{
    struct task task = {.state = 'S', .number = number};
    task.args[arg] = value;
    return sleep_kind(&task);
}

Test(quiet_sleeps, a_timeout_that_is_not_there_is_none)
{
    cr_expect_eq(kind(SYS_ppoll, 2, 0), SLEEP_PASSIVE);
    cr_expect_eq(kind(SYS_ppoll, 2, 0x7ffe1000), SLEEP_TIMED);
    cr_expect_eq(kind(SYS_pselect6, 4, 0), SLEEP_PASSIVE);
    cr_expect_eq(kind(SYS_pselect6, 4, 8), SLEEP_TIMED);
    cr_expect_eq(kind(SYS_rt_sigtimedwait, 2, 0), SLEEP_PASSIVE);
}

Test(quiet_sleeps, milliseconds_below_zero_are_for_ever)
{
    /* As /proc shows an int: 32 bits of a register whose upper half says nothing. */
    cr_expect_eq(kind(SYS_epoll_pwait, 3, 0xffffffff), SLEEP_PASSIVE);
    cr_expect_eq(kind(SYS_epoll_pwait, 3, UINT64_MAX), SLEEP_PASSIVE);
    cr_expect_eq(kind(SYS_epoll_pwait, 3, 30000), SLEEP_TIMED);
}

Test(quiet_sleeps, futexes)
{
    struct task task = {.state = 'S', .number = SYS_futex};
    task.args[1] = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
    cr_expect_eq(sleep_kind(&task), SLEEP_PASSIVE);
    task.args[1] = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME;
    task.args[3] = 0x7ffe1000;
    cr_expect_eq(sleep_kind(&task), SLEEP_TIMED);
    task.args[1] = FUTEX_WAKE;
    cr_expect_eq(sleep_kind(&task), SLEEP_UNKNOWN, "nobody sleeps in that");
}

Test(quiet_sleeps, sockets_may_have_a_timeout_and_sleeps_always_have)
{
    cr_expect_eq(kind(SYS_recvfrom, 0, 3), SLEEP_SOCKET);
    cr_expect_eq(kind(SYS_nanosleep, 0, 1), SLEEP_TIMED);
    cr_expect_eq(kind(SYS_restart_syscall, 0, 0), SLEEP_TIMED);
}

Test(quiet_sleeps, what_no_row_is_about_is_not_known)
{
    cr_expect_eq(kind(SYS_io_uring_enter, 0, 3), SLEEP_UNKNOWN);
    cr_expect_eq(kind(TASK_HIDDEN, 0, 0), SLEEP_UNKNOWN);
}

Test(quiet_sleeps, a_stopped_one_waits_to_be_continued)
{
    struct task task = {.state = 'T', .number = TASK_HIDDEN};
    cr_expect_eq(sleep_kind(&task), SLEEP_PASSIVE);
}

/* A thread that is being woken looks asleep in /proc/TID/syscall: the state says otherwise. */
Test(quiet_sleeps, one_that_is_being_woken_does_not_sleep)
{
    struct task task = {.state = 'R', .number = SYS_recvfrom};
    cr_expect_not(task_sleeps(&task));
    task.state = 'D';
    cr_expect_not(task_sleeps(&task));
    task.state = 'S';
    cr_expect(task_sleeps(&task));
    task.number = TASK_RUNNING;
    cr_expect_not(task_sleeps(&task), "it has not got there yet");
}
