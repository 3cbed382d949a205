/* The sockets of the experiment, as they stand on the board. */
#ifndef SOCKFAULT_SHIM_SOCKETS_H
#define SOCKFAULT_SHIM_SOCKETS_H

#include "shim/model/board.h"

#include <sys/socket.h>

/*
 * The socket behind fd: found by inode, or taken in when it is seen for the first time (inherited, passed, or
 * opened before there were rules). NULL: not a socket. Keeps errno.
 */
struct board_socket *socket_of(int fd);

/* The same for a descriptor that was just made: whatever was known of that inode is out of date. */
struct board_socket *socket_made(int fd);

/* The same for both ends of a socketpair. */
void socket_pair_made(const int fds[2]);

/* Whether this process itself holds the other end of the socketpair: then nobody else says when that ends. */
bool socket_has_own_peer(const struct board_socket *socket);

/* Gives the socket its ordinal among the connections of this role, if it has none. */
void socket_number(struct board_socket *socket);

/* Asks the kernel for its peer and local address anew. */
void socket_ask_names(struct board_socket *socket, int fd);

static inline bool socket_has(const struct board_socket *socket, uint32_t flag)
{
    return socket && atomic_load_explicit(&socket->flags, memory_order_relaxed) & flag;
}

static inline void socket_set(struct board_socket *socket, uint32_t flags)
{
    atomic_fetch_or(&socket->flags, flags);
}

static inline void socket_clear(struct board_socket *socket, uint32_t flags)
{
    atomic_fetch_and(&socket->flags, ~flags);
}

/* An integer option, or fallback when the socket does not have it. Keeps errno. */
int socket_option(int fd, int level, int option, int fallback);

#endif
