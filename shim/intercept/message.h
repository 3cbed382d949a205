/* A receive or send of any shape, as the one message that it carries. */
#ifndef SOCKFAULT_SHIM_MESSAGE_H
#define SOCKFAULT_SHIM_MESSAGE_H

#include "shim/intercept/attempt.h"

/*
 * What recvmsg or sendmsg would be given for it; buffers are the program's own. Of a vector of messages, the
 * first. `one` holds the vector where the call has a plain buffer, and must live as long as *ret. false: the
 * call has no buffers of the program's (sendfile, splice).
 */
bool message_of(const struct attempt *at, struct msghdr *ret, struct iovec *one);

/*
 * Makes the call as that one message, with more flags, and at most `length` bytes of it (SIZE_MAX: all): the
 * result, its errno and what a receive tells besides are as the call itself would have given them.
 */
void message_transfer(struct attempt *at, int more_flags, size_t length);

/* A send sends this message in place of its own. */
void message_send(struct attempt *at, const struct msghdr *message, int more_flags);

/* A receive gets this datagram: as much of it as fits, and who sent it. */
void message_deliver(struct attempt *at, const struct board_held *datagram);

/* Copies at most size bytes of what the call sends. Returns how many there are in all. */
size_t message_bytes(const struct attempt *at, unsigned char *to, size_t size);

#endif
