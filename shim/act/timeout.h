/* What a call that waits says once its time is up: whoever advances the clock has woken it for that. */
#ifndef SOCKFAULT_SHIM_TIMEOUT_H
#define SOCKFAULT_SHIM_TIMEOUT_H

#include "shim/intercept/attempt.h"

/* Right before the real call: until when it may sleep. */
void timeout_begin(struct attempt *at);

/* Right after it: whether it was woken since its time is up, and then its result is that of a timeout.
 * Nothing where it is not begun. */
void timeout_end(struct attempt *at);

/* When a socket call of the attempt's kind that begins now would give up (SO_RCVTIMEO, SO_SNDTIMEO). */
int64_t timeout_of_socket(const struct attempt *at);

#endif
