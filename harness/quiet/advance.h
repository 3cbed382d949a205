/* Moves the clock of a board, and wakes those whose time has come. */
#ifndef SOCKFAULT_QUIET_ADVANCE_H
#define SOCKFAULT_QUIET_ADVANCE_H

#include "shim/model/board.h"

/* The board's time, now. */
int64_t advance_now(const struct board *board);

/* The earliest moment a published wait is due; BOARD_NEVER. Waits of the dead may be among them. */
int64_t advance_due(const struct board *board);

/* Lets the board's clock be at least that late. Only while everything rests. Returns how far it went on. */
int64_t advance_to(struct board *board, int64_t moment_ns);

/*
 * Wakes every thread whose wait is due by now, once; with `again`, those too that were woken before and sleep
 * still: the signal came before they slept. Only while everything rests.
 */
void advance_wake(struct board *board, bool again);

#endif
