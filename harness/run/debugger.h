/* A debugger at the call that meets the fault (run_options.debugger). */
#ifndef SOCKFAULT_RUN_DEBUGGER_H
#define SOCKFAULT_RUN_DEBUGGER_H

#include "harness/run/run.h"

/*
 * Where a program waits for a debugger (shim/act/debugger.h), starts one on it, inside the experiment's
 * namespaces, and waits for its end; the program goes on as the debugger lets it. The time is not counted
 * against the experiment. A note says when it could not be attached.
 */
void debugger_look(struct run *run);

#endif
