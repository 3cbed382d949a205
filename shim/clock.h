/* The one place that reads the clock and lets time go by. */
#ifndef SOCKFAULT_SHIM_CLOCK_H
#define SOCKFAULT_SHIM_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The time all of the shim knows: CLOCK_MONOTONIC as it goes on this board, in nanoseconds. */
int64_t now_ns(void);

/* CLOCK_MONOTONIC itself. */
int64_t real_ns(void);

/* Stalls the thread, as if descheduled: interrupted sleeps go on. Keeps errno. */
void stall(int64_t ns);

/* A time that does not fit is as far away as can be told. */
static inline int64_t ns_of_timespec(const struct timespec *t)
{
    enum { NS_PER_S = 1000000000 };
    return t->tv_sec < INT64_MAX / NS_PER_S - 1 ? t->tv_sec * NS_PER_S + t->tv_nsec : INT64_MAX;
}

static inline struct timespec timespec_of_ns(int64_t ns)
{
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

#define NS_OF_TIMEVAL(t) ns_of_timespec(&(struct timespec){(t)->tv_sec, (t)->tv_usec * 1000})

/* A moment that long from now; none is behind INT64_MAX. */
static inline int64_t ns_after(int64_t now, int64_t ns)
{
    return ns < INT64_MAX - now ? now + ns : INT64_MAX;
}

#endif
