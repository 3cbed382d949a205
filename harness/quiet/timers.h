/*
 * Lets the timers expire that programs set where time is virtual (shim/model/timers.h): nobody else does,
 * also when the time simply goes by.
 *
 * As in the kernel a periodic timer rests while its signal is pending, and what it missed counts as overrun
 * once it is taken (timer_getoverrun(2)). Two things are only nearly so: si_overrun of a signal that was
 * blocked says what was missed before it was sent, not until it was taken; and another signal of that number
 * being pending, of those below SIGRTMIN, a timer expires once that is taken, instead of beside it.
 */
#ifndef SOCKFAULT_QUIET_TIMERS_H
#define SOCKFAULT_QUIET_TIMERS_H

#include "shim/model/board.h"

/*
 * The earliest moment, by board_time, at which a timer will do something to a process that lives;
 * BOARD_NEVER: none will. Not counted: whose signal is ignored, or pending already. Those of the dead are
 * freed.
 */
int64_t timers_due(struct board *board);

/* Those that are due at now_ns, by board_time, expire: once each, however late. */
void timers_fire(struct board *board, int64_t now_ns);

#endif
