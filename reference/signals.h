#ifndef REFERENCE_SIGNALS_H
#define REFERENCE_SIGNALS_H

#include <stdbool.h>

/*
 * Stopping on SIGTERM and SIGINT without a race. A flag alone is not enough: the signal may come after the
 * flag was looked at and before the program blocks. So the handler also changes something the blocked call
 * can see: it writes to a pipe (who waits in poll or epoll watches that: the self-pipe trick), and it shuts
 * down the one socket a blocking program may be stuck on.
 */

/* Handlers for SIGTERM and SIGINT, SIGPIPE ignored. */
void signals_install(void);

/* The same handler for another signal, one that can be caught and shall only wake the pipe. */
void signals_catch(int number);

bool signals_stopping(void);

/* From now on a stop also does shutdown(fd, how), at once if it was before; fd -1: no longer. */
void signals_shut_on_stop(int fd, int how);

/* The self-pipe: open, its end to watch, take what is in it, make it readable from a thread, close. */
int signals_open_pipe(void);
int signals_pipe(void);
void signals_drain(void);
void signals_wake(void);
void signals_close_pipe(void);

#endif
