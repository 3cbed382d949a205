/*
 * What the programs of this folder share: time in units, so that the same program runs in real time with
 * short ones (UNIT_MS, 100 by default), and in virtual time with long ones. Nothing may come early; how late
 * it may be is a matter of the machine: a quarter of a unit.
 */
#ifndef SOCKFAULT_TESTS_TIME_SPAN_H
#define SOCKFAULT_TESTS_TIME_SPAN_H

#include "tests/shim/check.h"

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static inline int64_t unit_ns(void)
{
    const char *text = getenv("UNIT_MS");
    return (text ? atoll(text) : 100) * INT64_C(1000000);
}

static inline int64_t ns_of(const struct timespec *time)
{
    return time->tv_sec * NS_PER_S + time->tv_nsec;
}

static inline struct timespec units(double count)
{
    int64_t ns = (int64_t)(count * (double)unit_ns());
    return (struct timespec){ns / NS_PER_S, ns % NS_PER_S};
}

static inline struct timeval units_us(double count)
{
    struct timespec time = units(count);
    return (struct timeval){time.tv_sec, time.tv_nsec / 1000};
}

/* What a clock says; no clock may ever say less than before. */
static inline int64_t clock_ns(clockid_t clock)
{
    static int64_t before[16];
    struct timespec now;
    MUST(clock_gettime(clock, &now));
    CHECK(ns_of(&now) >= before[clock], "clock %d went back by %lld ns", clock,
          (long long)(before[clock] - ns_of(&now)));
    before[clock] = ns_of(&now);
    return before[clock];
}

/* Looks at each of the clocks; returns CLOCK_MONOTONIC. */
static inline int64_t now_ns(void)
{
    clock_ns(CLOCK_REALTIME);
    clock_ns(CLOCK_BOOTTIME);
    clock_ns(CLOCK_REALTIME_COARSE);
    return clock_ns(CLOCK_MONOTONIC);
}

/* That so many units have gone by since then, or up to a quarter of one more. */
#define EXPECT_UNITS(since, count) expect_span(now_ns() - (since), count, #count, __LINE__)
static inline void expect_span(int64_t ns, double count, const char *text, int line)
{
    double got = (double)ns / (double)unit_ns();
    /* Timers round to microseconds, the coarse clock is not asked. */
    check_that(got >= count - 0.001 && got < count + 0.25, __FILE__, line, "got %.4f units, expected %s", got,
               text);
}

/* What is left of a timer, told in units. */
#define EXPECT_LEFT(time, count) expect_left(ns_of(&(time)), count, __LINE__)
static inline void expect_left(int64_t ns, double count, int line)
{
    double got = (double)ns / (double)unit_ns();
    check_that(got <= count + 0.001 && got > count - 0.25, __FILE__, line,
               "got %.4f units left, expected %.4f", got, count);
}

/* Signals that have come, and the last of them. Handlers write it, so every field is of a kind they may
 * write. */
static volatile sig_atomic_t caught;
static volatile int64_t caught_ns;
static siginfo_t last __attribute__((unused));

static inline void on_signal(int number, siginfo_t *info, void *context)
{
    struct timespec now;
    (void)number;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    last = *info;
    caught_ns = ns_of(&now);
    caught++;
}

static inline void catch_signal(int number)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    MUST(sigaction(number, &action, NULL));
}

#endif
