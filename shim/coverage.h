/*
 * BOARD_COVERAGE: what gcov counted is not lost when a program does not end by exit(3). Before its image
 * goes away (_exit, exec, a signal that ends it), or when the harness asks before it kills it, a copy of the
 * process is made, as fork(2) does it, and the copy writes the counts and ends. Writing opens files and
 * allocates memory, which is not for a signal handler, nor for a process that is to go on as if nothing had
 * been: the copy may do both, and has a fraction of a second for it. Should another thread have held a lock
 * of the C library's at that moment, the copy alone stands still and is ended; after three attempts the
 * counts are said to be lost.
 *
 * What is written twice is counted twice: of each line it is known that it was reached, not how often.
 */
#ifndef SOCKFAULT_SHIM_COVERAGE_H
#define SOCKFAULT_SHIM_COVERAGE_H

#include "shim/state.h"

/* In the constructor, once there is a board: nothing without BOARD_COVERAGE, or where nothing is counted. */
void coverage_prepare(void);

/* Writes what was counted so far. Async-signal-safe; keeps errno. Nothing in a vfork child. */
void coverage_write(void);

/* Before exec, and after one that failed. */
void coverage_before_exec(void);
void coverage_after_exec(void);

/* In the destructor: gcov has written by itself. */
void coverage_written(void);

/* Whether a handler is ours, and none of the program's. */
bool coverage_handles(void (*handler)(int));

/* Whether the call comes from gcov's runtime: it is none of the program's then, but for fork(2), which it has
 * the program call by way of a function of its own. */
static inline bool coverage_calls(enum call_id call, const void *site)
{
    if (call == CALL_fork)
        return false;
    for (size_t i = 0; __builtin_expect(i < shim.gcov_count, 0); i++)
        if ((uintptr_t)site - shim.gcov[i].begin < shim.gcov[i].end - shim.gcov[i].begin)
            return true;
    return false;
}

#endif
