/* Half-open: nothing that arrives reaches the socket any more, and nothing says so. */
#ifndef SOCKFAULT_SHIM_SILENCE_H
#define SOCKFAULT_SHIM_SILENCE_H

#include "shim/intercept/attempt.h"

/* A recipe: attaches a socket filter (socket(7), SO_ATTACH_FILTER) that keeps nothing, acknowledgements and
 * resets included; what is sent is never answered, and TCP gives up in its own time. It comes to nothing
 * where the other side's end has come in the last moment: that cannot be taken back. */
bool falls_silent(struct attempt *at);

/* The same at a receive, and what has come before is lost with the rest: as nobody was told of it, it might
 * be on its way still, and whether it is depends on who is faster. */
bool falls_silent_now(struct attempt *at);

/* Whether it can be done to that socket: its program has locked no filter of its own, and the kernel lets it
 * attach one. */
bool silence_may_begin(const struct attempt *at);

#endif
