/*
 * The four steps around a real call: know, decide and act before it; act, note and trace after it. A wrapper
 * calls attempt_begin, makes the real call if that says so, and returns what attempt_end says.
 */
#ifndef SOCKFAULT_SHIM_STEPS_H
#define SOCKFAULT_SHIM_STEPS_H

#include "shim/intercept/attempt.h"

/* Knows, decides, and does what comes before the call. Whether the real call is to be made. */
bool attempt_begin(struct attempt *at);

/* After the real call: whether it is to be made once more, a wait that has nothing left to tell of. */
bool attempt_goes_on(struct attempt *at);

/* Does what comes after, notes what changed, writes the trace; sets errno. Returns the result for the
 * program. */
intptr_t attempt_end(struct attempt *at);

#endif
