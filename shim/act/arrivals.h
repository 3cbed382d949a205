/*
 * Receives whose fate depends on what has come: the datagram that is lost, doubled or overtaken, the bytes
 * that a rule looks for. What is there is looked at (MSG_PEEK) before it is received, waiting for it as the
 * receive would; then the rules of that kind are decided, so that what `when` counts are datagrams.
 */
#ifndef SOCKFAULT_SHIM_ARRIVALS_H
#define SOCKFAULT_SHIM_ARRIVALS_H

#include "shim/intercept/attempt.h"

/* Whether this call is one that has to look first, or (sendmmsg) at each of its messages. */
bool arrivals_matter(const struct attempt *at);

/* Looks, decides and acts, until something is left to be received. Whether the real call is to be made. */
bool arrivals_before(struct attempt *at);

/* The same for one message of a vector. */
bool arrivals_one(struct attempt *at);

#endif
