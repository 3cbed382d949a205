/* Which signals could interrupt a call: what the process does with them, and what the thread blocks. */
#ifndef SOCKFAULT_SHIM_HANDLERS_H
#define SOCKFAULT_SHIM_HANDLERS_H

#include "shim/intercept/attempt.h"

/*
 * Whether there is a handler for a signal that the thread does not block (or would not, during a wait that
 * brings its mask along); without_restart: one without SA_RESTART. sigaction(2), signal(7).
 */
bool handlers_interrupt(const struct attempt *at, bool without_restart);

#endif
