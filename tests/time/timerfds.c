/* Timers that are descriptors: timerfd_create(2). */
#include "tests/time/span.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

static int made(clockid_t clock, int flags, double first, double interval)
{
    int fd = timerfd_create(clock, flags);
    MUST(fd);
    MUST(timerfd_settime(fd, 0, &(struct itimerspec){units(interval), units(first)}, NULL));
    return fd;
}

/* How many expirations a read tells of. */
static long ticks_of(int fd)
{
    uint64_t ticks = 0;
    ssize_t got = read(fd, &ticks, sizeof ticks);
    return got == sizeof ticks ? (long)ticks : -1;
}

static void blocking_read(void)
{
    int64_t begin = now_ns();
    int fd = made(CLOCK_MONOTONIC, 0, 3, 0);
    EXPECT(ticks_of(fd), 1);
    EXPECT_UNITS(begin, 3);
}

static void polled(void)
{
    int64_t begin = now_ns();
    struct pollfd poll_fd = {.fd = made(CLOCK_BOOTTIME, TFD_NONBLOCK, 3, 0), .events = POLLIN};
    EXPECT(poll(&poll_fd, 1, -1), 1);
    EXPECT_UNITS(begin, 3);
    EXPECT(ticks_of(poll_fd.fd), 1);
    EXPECT_ERROR(ticks_of(poll_fd.fd), EAGAIN);
    EXPECT(poll(&poll_fd, 1, (int)(unit_ns() / 1000000) * 2), 0);
    EXPECT_UNITS(begin, 5);
}

/* Three of them, the timeout of the wait itself before, between and after. */
static void in_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0), unit_ms = (int)(unit_ns() / 1000000);
    int64_t begin = now_ns();
    for (int i = 0; i < 3; i++) {
        event.data.fd = made(CLOCK_MONOTONIC, TFD_NONBLOCK, 2 + 2 * i, 0);
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event));
    }
    EXPECT(epoll_wait(set, &event, 1, unit_ms), 0);
    EXPECT_UNITS(begin, 1);
    for (int i = 0; i < 3; i++) {
        EXPECT(epoll_wait(set, &event, 1, -1), 1);
        EXPECT_UNITS(begin, 2 + 2 * i);
        EXPECT(ticks_of(event.data.fd), 1);
    }
    EXPECT(epoll_wait(set, &event, 1, unit_ms), 0);
    EXPECT_UNITS(begin, 7);
}

static void periodic(void)
{
    int64_t begin = now_ns();
    struct pollfd poll_fd = {.fd = made(CLOCK_REALTIME, 0, 1, 2), .events = POLLIN};
    struct itimerspec left;
    for (int i = 0; i < 8; i++) {
        EXPECT(poll(&poll_fd, 1, -1), 1);
        EXPECT_UNITS(begin, 1 + 2 * i);
        EXPECT(ticks_of(poll_fd.fd), 1);
    }
    EXPECT(timerfd_gettime(poll_fd.fd, &left), 0);
    EXPECT_LEFT(left.it_value, 2);
    EXPECT(ns_of(&left.it_interval), 2 * unit_ns());
}

/* Not read for a while, it counts. */
static void counted(void)
{
    struct timespec wait = units(5.5);
    int64_t begin = now_ns();
    int fd = made(CLOCK_MONOTONIC, 0, 1, 1), once = made(CLOCK_MONOTONIC, 0, 2, 0);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(ticks_of(fd), 5);
    EXPECT(ticks_of(once), 1);
    EXPECT(ticks_of(fd), 1);
    EXPECT_UNITS(begin, 6);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(ticks_of(fd), 11);
}

static void absolute(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        int fd = timerfd_create(clocks[i], 0);
        int64_t begin = now_ns(), then = clock_ns(clocks[i]) + 4 * unit_ns();
        int flags = TFD_TIMER_ABSTIME | (clocks[i] == CLOCK_REALTIME ? TFD_TIMER_CANCEL_ON_SET : 0);
        struct itimerspec at = {.it_value = {then / NS_PER_S, then % NS_PER_S}}, left;
        EXPECT(timerfd_settime(fd, flags, &at, NULL), 0);
        EXPECT(timerfd_gettime(fd, &left), 0);
        EXPECT_LEFT(left.it_value, 4);
        EXPECT(ticks_of(fd), 1);
        EXPECT_UNITS(begin, 4);
        CHECK(clock_ns(clocks[i]) >= then, "clock %d was not that far", clocks[i]);
        /* What is past has come. */
        at.it_value = (struct timespec){1, 0};
        EXPECT(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL), 0);
        EXPECT(ticks_of(fd), 1);
        EXPECT_UNITS(begin, 4);
        MUST(close(fd));
    }
}

/* One timer of two processes and three descriptors expires once. */
static void shared(void)
{
    int64_t begin = now_ns();
    int fd = made(CLOCK_MONOTONIC, TFD_NONBLOCK, 2, 3), twin = dup(fd), ends[2];
    struct pollfd poll_fd = {.fd = twin, .events = POLLIN};
    char byte;
    MUST(pipe(ends));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        EXPECT(read(ends[0], &byte, 1), 0);
        end_child();
    }
    for (int i = 0; i < 4; i++) {
        EXPECT(poll(&poll_fd, 1, -1), 1);
        EXPECT_UNITS(begin, 2 + 3 * i);
        EXPECT(ticks_of(fd), 1);
        EXPECT_ERROR(ticks_of(twin), EAGAIN);
    }
    close(ends[1]);
    expect_child(child);
}

/* It is the kernel's, and goes on over an exec, as its descriptor does. */
static void over_exec(void)
{
    char number[16], begin[32];
    snprintf(begin, sizeof begin, "%lld", (long long)now_ns());
    snprintf(number, sizeof number, "%d", made(CLOCK_MONOTONIC, 0, 3, 0));
    MUST(setenv("TIMERFD", number, 1));
    MUST(setenv("BEGIN", begin, 1));
    MUST(execl("/proc/self/exe", "timerfds", "after-exec", (char *)NULL));
}

static void after_exec(void)
{
    EXPECT(ticks_of(atoi(getenv("TIMERFD"))), 1);
    EXPECT_UNITS(atoll(getenv("BEGIN")), 3);
}

static void taken_back(void)
{
    int64_t begin = now_ns();
    struct pollfd poll_fd = {.fd = made(CLOCK_MONOTONIC, 0, 2, 0), .events = POLLIN};
    struct itimerspec none = {0}, old;
    EXPECT(timerfd_settime(poll_fd.fd, 0, &none, &old), 0);
    EXPECT_LEFT(old.it_value, 2);
    EXPECT(poll(&poll_fd, 1, (int)(unit_ns() / 1000000) * 3), 0);
    EXPECT_UNITS(begin, 3);
}

CHECK_MAIN({"blocking-read", blocking_read}, {"polled", polled}, {"in-epoll", in_epoll},
           {"periodic", periodic}, {"counted", counted}, {"absolute", absolute}, {"shared", shared},
           {"over-exec", over_exec}, {"after-exec", after_exec}, {"taken-back", taken_back})
