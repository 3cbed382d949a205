#ifndef REFERENCE_DEADLINE_H
#define REFERENCE_DEADLINE_H

#include <stdint.h>

/* A deadline is a moment of CLOCK_MONOTONIC, in nanoseconds: setting the clock of the machine does not move
 * it. */
int64_t deadline_after(int64_t milliseconds);

/* Milliseconds until the deadline, rounded up so that nobody wakes too early; 0 when it is over. */
int deadline_left(int64_t deadline);

#endif
