/* Whether a wait has something to wait for. */
#ifndef SOCKFAULT_SHIM_IDLE_H
#define SOCKFAULT_SHIM_IDLE_H

#include "shim/intercept/attempt.h"

/*
 * false: one of the descriptors is ready, and must be: the program was told so, or there is room to send.
 * What it was not told of may as well come later: data, connections, and that a connect that goes on by
 * itself is through. poll's revents are overwritten. Edges are not used up.
 */
bool wait_is_idle(const struct attempt *at);

#endif
