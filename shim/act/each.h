/*
 * Vectors of messages. What befalls datagrams befalls each of its own: recvmmsg and sendmmsg are then made
 * message by message, as the kernel makes them (recvmmsg(2), sendmmsg(2)).
 */
#ifndef SOCKFAULT_SHIM_EACH_H
#define SOCKFAULT_SHIM_EACH_H

#include "shim/intercept/attempt.h"

/* Makes the call. */
void each_received(struct attempt *at);
void each_sent(struct attempt *at);

#endif
