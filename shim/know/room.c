#include "shim/know/room.h"
#include "shim/know/epolls.h"
#include "shim/know/sockets.h"

#include <netinet/in.h>

static void note(int fd)
{
    struct board_socket *socket = fd < 0 ? NULL : socket_of(fd);
    if (socket)
        socket_set(socket, SOCKET_ROOM);
}

void room_note(const struct attempt *at)
{
    uint32_t asked;
    for (size_t i = 0; at->polled && i < at->polled_count; i++)
        if (at->polled[i].revents & POLLOUT)
            note(at->polled[i].fd);
    for (int fd = 0; at->sets[1] && fd < at->selected && fd < FD_SETSIZE; fd++)
        if (FD_ISSET(fd, at->sets[1]))
            note(fd);
    for (intptr_t i = 0; at->events && i < at->result; i++)
        if (at->events[i].events & EPOLLOUT)
            note(epoll_find(at->fd, at->events[i].data.u64, &asked));
}

/* To a datagram socket of AF_UNIX others may send as well, until its queue is full. */
static bool is_of_its_own(const struct board_socket *socket)
{
    if (socket->type == SOCK_DGRAM)
        return socket->protocol == IPPROTO_UDP;
    return socket->domain == AF_UNIX;
}

bool room_is_certain(const struct attempt *at)
{
    return at->socket && is_of_its_own(at->socket) && socket_has(at->socket, SOCKET_ROOM);
}
