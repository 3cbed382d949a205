/*
 * Datagrams that are overtaken by others. One that was to be received is kept on the board until so many
 * others have been received; the last of these is handed over but stays on the queue in its place, so that
 * whatever tells of readiness does. One that was to be sent is kept until so many others went out.
 */
#ifndef SOCKFAULT_SHIM_OVERTAKEN_H
#define SOCKFAULT_SHIM_OVERTAKEN_H

#include "shim/intercept/attempt.h"

/* The recipe: the datagram is to be overtaken by decision.length others. */
bool overtaken_hold(struct attempt *at);

/* A receive: hands over the datagram that was overtaken, if its turn has come. Whether it did. */
bool overtaken_deliver(struct attempt *at);

/* A receive that nothing befalls: whether it is to be made, and not done here because an overtaken datagram
 * comes right behind it. */
bool overtaken_pass(struct attempt *at);

/* Whether what is on the queue only stands there for another, whose fate is known; and how long that is. */
bool overtaken_is_next(const struct board_socket *socket, uint32_t *ret_len);

/* After a send: the one that it overtook goes out when enough have gone by. */
void overtaken_sent(struct attempt *at);

/* It goes out now: the socket is to be connected or shut down. */
void overtaken_flush(struct board_socket *socket, int fd);

/* The same for descriptors first..last, which are about to be closed, unless another descriptor of this
 * process, or another process, goes on with the socket. Also at the end of the process. */
void overtaken_end(unsigned int first, unsigned int last);

#endif
