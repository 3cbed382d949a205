/*
 * Condition variables of our own. glibc's never come back for a signal, and what they wait for is known to
 * them alone; so where time is virtual, all calls on all of a process's condition variables are these. They
 * behave as POSIX says, and as glibc's where a program can tell.
 */
#ifndef SOCKFAULT_SHIM_TIME_CONDITIONS_H
#define SOCKFAULT_SHIM_TIME_CONDITIONS_H

#include "shim/model/timing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* What is in the program's pthread_cond_t or cnd_t. All zero, as by PTHREAD_COND_INITIALIZER, is one. */
struct condition {
    _Atomic uint32_t sequence; /* futex: counts what woke somebody, or could have */
    _Atomic uint32_t waiters;  /* futex: CONDITION_WAITER each, and CONDITION_ENDING */
    uint32_t unused[7];
    uint32_t traits; /* enum condition_trait: where glibc has them, and as it has them (its __wrefs) */
};
enum { CONDITION_ENDING = 1, CONDITION_WAITER = 2 };
enum condition_trait { CONDITION_SHARED = 1 << 0, CONDITION_MONOTONIC = 1 << 1 };

void condition_init(struct condition *condition, uint32_t traits);

/* Waits until those that were woken have left it. */
void condition_destroy(struct condition *condition);

/* Wakes so many at most, at least one if there is one. */
void condition_wake(struct condition *condition, int count);

/* The clock by which it is waited for, if none is named. */
clockid_t condition_clock(const struct condition *condition);

/*
 * Unlocks the mutex, waits, locks it again. deadline_ns by now_ns; BOARD_NEVER: none. Returns 0, ETIMEDOUT,
 * or what the mutex said. May come back without having been woken. A cancellation point; errno is untouched.
 */
int condition_wait(struct condition *condition, pthread_mutex_t *mutex, int64_t deadline_ns,
                   enum timing_id id, uint64_t site);

#endif
