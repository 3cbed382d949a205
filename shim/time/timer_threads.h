/*
 * SIGEV_THREAD: libc has the kernel send a signal of its own to a thread of its own, which starts the
 * program's function in another. So it needs nothing but that signal.
 */
#ifndef SOCKFAULT_SHIM_TIME_TIMER_THREADS_H
#define SOCKFAULT_SHIM_TIME_TIMER_THREADS_H

#include "shim/model/timers.h"
#include "shim/time/types.h"

/*
 * Fills in what the kernel would send for the timer that timer_create has just made, by what the kernel
 * itself says (/proc/self/timers, proc(5)). false: it does not say, or libc does it in another way.
 */
bool timer_thread_facts(struct timer_facts *facts, timer_t handle);

#endif
