/* Handling TIME_SIGNAL (shim/model/board.h): also linked into the harness, for scripted peers. */
#ifndef SOCKFAULT_SHIM_TIME_SIGNAL_H
#define SOCKFAULT_SHIM_TIME_SIGNAL_H

#include <signal.h>

typedef void time_signal_handler(int number, siginfo_t *info, void *context);

/*
 * Makes it the process's handler; what it interrupts and has no timeout is restarted by the kernel
 * (SA_RESTART). Returns the one there was before; NULL: none, or this one. Keeps errno.
 */
time_signal_handler *time_signal_handle(time_signal_handler *handler);

/* While one is waited for: sees to it that it is not blocked (by a handler that was installed without libc's
 * help), and lets others go on. As sched_yield(2). */
int time_signal_let_in(void);

#endif
