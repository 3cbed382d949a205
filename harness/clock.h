/* CLOCK_MONOTONIC in nanoseconds: the only time the runner knows. */
#ifndef SOCKFAULT_RUN_CLOCK_H
#define SOCKFAULT_RUN_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

static inline int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Milliseconds until then for poll(2), rounded up; 0 when it is past. */
static inline int clock_ms_until(int64_t then_ns)
{
    int64_t left = then_ns - clock_ns();
    if (left <= 0)
        return 0;
    return left > INT64_C(1000000) * NS_PER_MS ? 1000000 : (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

#endif
