/* What a thread does about time, told on the board. */
#ifndef SOCKFAULT_SHIM_TIME_ACTIVITY_H
#define SOCKFAULT_SHIM_TIME_ACTIVITY_H

#include "shim/clock.h"
#include "shim/know/thread.h"
#include "shim/model/timing.h"

/* Before a call that can block. Returns what the thread was doing, for thread_leaves after it. */
static inline struct activity activity_begin(enum timing_id id, uint64_t site)
{
    struct activity now = {
        .call = CALL_COUNT + 1 + (uint32_t)id, .fd = -1, .since_ns = now_ns(), .asked = -1, .site = site};
    return thread_enters(&now);
}

#endif
