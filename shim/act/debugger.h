/* Waiting for a debugger at a call that is about to meet its fault. */
#ifndef SOCKFAULT_SHIM_DEBUGGER_H
#define SOCKFAULT_SHIM_DEBUGGER_H

#include "shim/intercept/attempt.h"

/*
 * Where the board's `hold` names a rule that has just fired at this call: says who waits, rings, and waits in
 * real time until `hold` is 0, which the harness makes it once a debugger is there. Async-signal-safe.
 */
void debugger_await(const struct attempt *at);

#endif
