/* Whether a call has something to do that others decide about, or is answered at once, always the same. */
#ifndef SOCKFAULT_SHIM_GOING_H
#define SOCKFAULT_SHIM_GOING_H

#include "shim/intercept/attempt.h"

/* A receive or send of ordinary data (recv(2): no MSG_OOB, no MSG_ERRQUEUE), that is of some or of a message.
 */
bool call_is_ordinary(const struct attempt *at);

/* ... which the kernel may have to wait for: it is connected, and neither side of it is over. */
bool call_goes_on(const struct attempt *at);

/* Of UDP: a datagram is one call's, and no part of another is there already (udp(7): UDP_CORK, MSG_MORE). */
bool call_makes_datagram(const struct attempt *at);

#endif
