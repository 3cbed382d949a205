/*
 * Who called whom: return addresses above a call. 1.4 us each time, so for surveys alone.
 *
 * The unwinder is libgcc's, the one of backtrace(3), and is loaded as that loads it. It reads the tables of
 * .eh_frame and no frame pointers: the chain ends at a function without such a table, and a function that
 * ended in a jump to another (-foptimize-sibling-calls) is not in it. Above a signal handler it ends with
 * the frame by which the kernel called that: what was interrupted is another place each time.
 */
#ifndef SOCKFAULT_SHIM_CALLERS_H
#define SOCKFAULT_SHIM_CALLERS_H

#include "shim/model/board.h"

/*
 * Loads the unwinder and lets it find out about the machine what it finds out once, for the constructor: it
 * opens files, takes locks and allocates. Without it there are no callers.
 */
void callers_prepare(void);

/*
 * The return addresses above the frame that returns to `site`, nearest first; 0 where there are no more.
 * Async-signal-safe where glibc is 2.35 or newer (_dl_find_object), and the program registered no frames of
 * its own (__register_frame); keeps errno.
 */
void callers_above(uint64_t site, uint64_t ret[BOARD_CALLERS]);

#endif
