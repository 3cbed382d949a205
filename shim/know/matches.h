/* What calls carry, compared with what rules look for (`match`, `regex`). */
#ifndef SOCKFAULT_SHIM_MATCHES_H
#define SOCKFAULT_SHIM_MATCHES_H

#include "shim/intercept/attempt.h"

/*
 * For struct query: context is the struct attempt. Whether the bytes this call is about to send, or those
 * that are there to be received, complete what rule `index` looks for: what went before on the connection
 * counts. Looks at no more than the call can move, and at most 64 KiB of it.
 */
bool matches_carried(void *context, uint32_t index);

/* After the call: how far each rule has got with the bytes that went by. */
void matches_note(const struct attempt *at);

#endif
