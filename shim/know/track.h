/* Noting what calls change: which descriptors there are, who is connected to whom, how much has gone. */
#ifndef SOCKFAULT_SHIM_TRACK_H
#define SOCKFAULT_SHIM_TRACK_H

#include "shim/intercept/attempt.h"

/* Before a call that may block: the process has come to its first wait after it began to listen. */
void track_before(const struct attempt *at);

/* After the call, recipe and all. */
void track_after(struct attempt *at);

#endif
