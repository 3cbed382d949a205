/* The timerfds of processes: found once each, moved on by what was left out, counted on when nobody reads. */
#include "harness/quiet/timerfds.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define S INT64_C(1000000000)

static int made(clockid_t clock, time_t first, time_t interval)
{
    int fd = timerfd_create(clock, TFD_NONBLOCK | TFD_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(timerfd_settime(fd, 0, &(struct itimerspec){{interval, 0}, {first, 0}}, NULL), 0);
    return fd;
}

static uint64_t ticks_of(int fd)
{
    uint64_t ticks = 0;
    return read(fd, &ticks, sizeof ticks) == sizeof ticks ? ticks : 0;
}

static void read_them(struct timerfds *timerfds, const pid_t *pids, size_t count)
{
    const char *why = "";
    cr_assert(timerfds_read(timerfds, pids, count, &why), "%s", why);
}

static void expect_near(int64_t got, int64_t expected)
{
    cr_expect(got <= expected && got > expected - S, "got %ld, expected %ld", (long)got, (long)expected);
}

Test(timerfds, none, .timeout = 20)
{
    struct timerfds timerfds = {0};
    pid_t self = getpid();
    made(CLOCK_MONOTONIC, 0, 0);
    read_them(&timerfds, &self, 1);
    cr_expect_eq(timerfds.count, 0);
    cr_expect_eq(timerfds_left_ns(&timerfds), INT64_MAX);
    timerfds_free(&timerfds);
}

Test(timerfds, one_of_several_processes_and_descriptors, .timeout = 20)
{
    struct timerfds timerfds = {0};
    int fd = made(CLOCK_MONOTONIC, 100, 0);
    cr_assert_geq(dup(fd), 0);
    pid_t pids[2] = {getpid(), fork()};
    if (pids[1] == 0) {
        pause();
        _exit(0);
    }
    made(CLOCK_REALTIME, 50, 7); /* the child has not this one */
    read_them(&timerfds, pids, 2);
    cr_expect_eq(timerfds.count, 2);
    expect_near(timerfds_left_ns(&timerfds), 50 * S);
    timerfds_free(&timerfds);
    kill(pids[1], SIGKILL);
    cr_assert_eq(waitpid(pids[1], NULL, 0), pids[1]);
}

Test(timerfds, move_on_together, .timeout = 20)
{
    struct timerfds timerfds = {0};
    pid_t self = getpid();
    int first = made(CLOCK_MONOTONIC, 100, 30), second = made(CLOCK_REALTIME, 300, 0);
    struct itimerspec left;
    read_them(&timerfds, &self, 1);
    timerfds_move(&timerfds, 60 * S);
    timerfds_free(&timerfds);
    cr_assert_eq(timerfd_gettime(first, &left), 0);
    expect_near(left.it_value.tv_sec * S + left.it_value.tv_nsec, 40 * S);
    cr_expect_eq(left.it_interval.tv_sec, 30);
    cr_assert_eq(timerfd_gettime(second, &left), 0);
    expect_near(left.it_value.tv_sec * S + left.it_value.tv_nsec, 240 * S);
    cr_expect_eq(left.it_interval.tv_sec, 0);
    cr_expect_eq(ticks_of(first) + ticks_of(second), 0);

    read_them(&timerfds, &self, 1);
    timerfds_move(&timerfds, timerfds_left_ns(&timerfds));
    timerfds_free(&timerfds);
    cr_expect_eq(ticks_of(first), 1);
    cr_assert_eq(timerfd_gettime(first, &left), 0);
    expect_near(left.it_value.tv_sec * S + left.it_value.tv_nsec, 30 * S);
}

Test(timerfds, what_is_not_read_counts_on, .timeout = 20)
{
    struct timerfds timerfds = {0};
    pid_t self = getpid();
    int fd = made(CLOCK_BOOTTIME, 100, 20);
    read_them(&timerfds, &self, 1);
    timerfds_move(&timerfds, 100 * S);
    for (int i = 0; i < 3; i++) { /* 30 s, 60 s and 90 s after its first expiry */
        read_them(&timerfds, &self, 1);
        cr_expect_eq(timerfds_left_ns(&timerfds), INT64_MAX);
        timerfds_move(&timerfds, 30 * S);
    }
    timerfds_free(&timerfds);
    cr_expect_eq(ticks_of(fd), 5);
    cr_expect_eq(ticks_of(fd), 0);
}
