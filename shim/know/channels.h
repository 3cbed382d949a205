/* Channels: Unix domain streams over which a program sends itself messages, often with descriptors. */
#ifndef SOCKFAULT_SHIM_CHANNELS_H
#define SOCKFAULT_SHIM_CHANNELS_H

#include "shim/intercept/attempt.h"

/*
 * Whether the kernel moves what this call asks for in one piece or not at all. What one send puts into a Unix
 * domain stream goes whole up to min(SO_SNDBUF / 2 - 64, 36,544) bytes (measured), and comes out whole where
 * there is room. A peer that writes piece by piece may exist, but not on a channel: who makes room for
 * descriptors waits for whole messages, and who sends messages over a socketpair, too.
 */
bool channel_keeps_whole(const struct attempt *at);

#endif
