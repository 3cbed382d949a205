/* Half-open: nothing that arrives reaches the socket any more, and nothing says so. */
#ifndef SOCKFAULT_SHIM_SILENCE_H
#define SOCKFAULT_SHIM_SILENCE_H

#include "shim/intercept/attempt.h"

/* A recipe: attaches a socket filter (socket(7), SO_ATTACH_FILTER) that keeps nothing, acknowledgements and
 * resets included; what is sent is never answered, and TCP gives up in its own time. */
bool falls_silent(struct attempt *at);

#endif
