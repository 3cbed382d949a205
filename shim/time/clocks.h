/* The programs' clocks where time is virtual. */
#ifndef SOCKFAULT_SHIM_TIME_CLOCKS_H
#define SOCKFAULT_SHIM_TIME_CLOCKS_H

#include "shim/time/types.h"

#include <stdbool.h>

/* How far ahead the clock is of what the kernel says; 0 for those that count what a CPU did. */
int64_t clock_ahead_ns(clockid_t clock);

/* Whether the clock goes with the wall or since the start of the machine, so that it can be ahead. */
bool clock_is_real(clockid_t clock);

/* Whether the kernel takes it for a time; and whether it is none, by which a timer is disarmed. */
static inline bool is_time(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}
static inline bool is_zero(const struct timespec *time)
{
    return time->tv_sec == 0 && time->tv_nsec == 0;
}

/* When an absolute time of that clock is, by now_ns; for a real clock by the kernel's own difference. */
int64_t clock_moment(clockid_t clock, const struct timespec *when);

/* What the kernel's own clock says when it is that time by the programs'; at the least {0, 0}. */
struct timespec clock_real(clockid_t clock, const struct timespec *when);

/* What the kernel told, as the programs' clock has it. */
void clock_put_ahead(struct timespec *time, int64_t ahead_ns);
void clock_put_ahead_us(struct timeval *time, int64_t ahead_ns);

#endif
