/* Edge-triggered epoll must hear again of what an injected EAGAIN or short call left behind. */
#ifndef SOCKFAULT_SHIM_REARM_H
#define SOCKFAULT_SHIM_REARM_H

#include "shim/know/sockets.h"

/*
 * Brings the edge back if something is pending; nothing happens if not. `out`: for sending. TCP needs no
 * knowledge of the epolls; elsewhere every epoll of this process that holds the descriptor under this number
 * is told, except where that would wake a disarmed EPOLLONESHOT. Keeps errno.
 */
void rearm(const struct board_socket *socket, int fd, bool out);

#endif
