/* The one place that reads the clock and lets time go by. */
#ifndef SOCKFAULT_SHIM_CLOCK_H
#define SOCKFAULT_SHIM_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, in nanoseconds. */
int64_t now_ns(void);

/* Stalls the thread, as if descheduled: interrupted sleeps go on. Keeps errno. */
void stall(int64_t ns);

#endif
