/* What an earlier injected event means for later calls on the same socket, whoever makes them. */
#ifndef SOCKFAULT_SHIM_AFTERMATH_H
#define SOCKFAULT_SHIM_AFTERMATH_H

#include "shim/intercept/attempt.h"

/* Before the call is decided. false: the call has its result already. */
bool aftermath_before(struct attempt *at);

/* After the real call: translates errors, hides discarded data. */
void aftermath_after(struct attempt *at);

/* Lets the socket die by recipe (TCP_KILL, TCP_EOF ...) once the data that the program was told of has been
 * read. */
void aftermath_doom(struct attempt *at, enum recipe recipe, int err, bool eof_full);

#endif
