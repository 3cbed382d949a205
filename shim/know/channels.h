/* How a Unix domain stream moves what is sent: in pieces, each of them whole. */
#ifndef SOCKFAULT_SHIM_CHANNELS_H
#define SOCKFAULT_SHIM_CHANNELS_H

#include "shim/intercept/attempt.h"

/*
 * Whether the kernel moves what this call asks for whole or not at all. A send goes into a Unix domain stream
 * in pieces of min(SO_SNDBUF / 2 - 64, 36,544) bytes (measured), each of them whole, and they come out whole
 * where there is room. So one that is no longer than a piece is never cut. A receive gives less than there
 * was room for when the peer wrote less: whoever connected may have, but not the other end of a socketpair,
 * which is of the program's own making, nor a peer that descriptors are expected from.
 */
bool channel_keeps_whole(const struct attempt *at);

/* The length nearest to `length`, and not 0, after which the kernel could cut this call. */
size_t channel_boundary(const struct attempt *at, size_t length);

#endif
