/* How large a message may be. */
#ifndef SOCKFAULT_SHIM_LARGEST_H
#define SOCKFAULT_SHIM_LARGEST_H

#include "shim/intercept/attempt.h"

/*
 * The most bytes that the kernel lets pass in one message of this send: by the protocol (udp(7)), by
 * SO_SNDBUF (unix(7)), or by the path, where it may not be fragmented (ip(7), IP_MTU_DISCOVER). SIZE_MAX when
 * nothing of that holds. Keeps errno.
 */
size_t largest_message(const struct attempt *at);

#endif
