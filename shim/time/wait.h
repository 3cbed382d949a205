/*
 * A wait as whoever advances the clock sees it: from when it may be asleep until when, and whether its time
 * is up. The clock is advanced only when everybody sleeps; then TIME_SIGNAL (shim/model/board.h) interrupts
 * those that are due. By signal(7) the waits that have a timeout end with EINTR then, and whoever began the
 * wait says what it would have said at its timeout; what has none is restarted by the kernel (SA_RESTART) and
 * never sent one. Waits nest: a signal handler may wait as well.
 */
#ifndef SOCKFAULT_SHIM_TIME_WAIT_H
#define SOCKFAULT_SHIM_TIME_WAIT_H

#include "shim/model/threads.h"

/* Makes it possible to be woken. In the constructor, and where glibc may have taken the signal since. */
void wait_prepare(void);

/* Right before the call that sleeps. deadline_ns by now_ns; BOARD_NEVER: it has no timeout. */
void wait_begin(struct wait *wait, int64_t deadline_ns);

/* Right after it. Whether its time is up: it was woken for that. Nothing if it is not begun. Keeps errno. */
bool wait_end(struct wait *wait);

#endif
