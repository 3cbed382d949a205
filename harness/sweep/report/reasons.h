/* Refusals are many and of few kinds: each reason once, and how often. */
#ifndef SOCKFAULT_SWEEP_REASONS_H
#define SOCKFAULT_SWEEP_REASONS_H

#include "harness/sweep/sweep.h"

struct sweep_reason {
    const char *why; /* the sweep's */
    size_t count;
};

/* In the order they were first given. malloc'd, NULL: none, or no memory. */
struct sweep_reason *sweep_reasons_find(const struct sweep *sweep, size_t *ret_count);

#endif
