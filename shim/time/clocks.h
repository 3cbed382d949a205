/* The programs' clocks where time is virtual. */
#ifndef SOCKFAULT_SHIM_TIME_CLOCKS_H
#define SOCKFAULT_SHIM_TIME_CLOCKS_H

#include "shim/time/types.h"

#include <stdbool.h>

/* How far ahead the clock is of what the kernel says; 0 for those that count what a CPU did. */
int64_t clock_ahead_ns(clockid_t clock);

/* When an absolute time of that clock is, by now_ns; for a real clock by the kernel's own difference. */
int64_t clock_moment(clockid_t clock, const struct timespec *when);

#endif
