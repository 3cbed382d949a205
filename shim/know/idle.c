#include "shim/know/idle.h"
#include "shim/intercept/next.h"
#include "shim/know/epolls.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

/* Of something that is no socket nobody knows who was told what: it is ready, or it is not. */
static bool must_be_ready(int fd, short revents)
{
    const struct board_socket *socket = socket_of(fd);
    if (revents == 0)
        return false;
    if (!socket || revents & POLLNVAL || atomic_load(&socket->told) != state_news())
        return true;
    return revents & POLLOUT && !socket_has(socket, SOCKET_CONNECTING);
}

static short ask(int fd, short events)
{
    struct pollfd polled = {.fd = fd, .events = events};
    return next_poll(&polled, 1, 0) > 0 ? polled.revents : 0;
}

static bool polled_is_idle(const struct attempt *at)
{
    if (next_poll(at->polled, at->polled_count, 0) == 0)
        return true;
    for (size_t i = 0; i < at->polled_count; i++)
        if (at->polled[i].fd >= 0 && must_be_ready(at->polled[i].fd, at->polled[i].revents))
            return false;
    return true;
}

/* The kernel looks at no more than there are descriptors, and sets need not be larger, whatever nfds says. */
static bool selected_is_idle(const struct attempt *at)
{
    for (int fd = 0; fd < at->selected && fd < FD_SETSIZE; fd++) {
        short events = (short)((at->sets[0] && FD_ISSET(fd, at->sets[0]) ? POLLIN : 0) |
                               (at->sets[1] && FD_ISSET(fd, at->sets[1]) ? POLLOUT : 0) |
                               (at->sets[2] && FD_ISSET(fd, at->sets[2]) ? POLLPRI : 0));
        if (events && must_be_ready(fd, ask(fd, events)))
            return false;
    }
    return true;
}

/* An epoll is itself readable when it has something to tell. An edge that was told of is not told again. */
static bool epoll_is_idle(const struct attempt *at)
{
    struct epoll_event event;
    if (!ask(at->fd, POLLIN))
        return true;
    for (int fd = 0; (fd = epoll_next(at->fd, fd, &event)) >= 0; fd++) {
        short wanted = (short)(event.events &
                               (EPOLLIN | EPOLLPRI | EPOLLRDHUP | (event.events & EPOLLET ? 0 : EPOLLOUT)));
        if (must_be_ready(fd, ask(fd, wanted)))
            return false;
    }
    return true;
}

bool wait_is_idle(const struct attempt *at)
{
    if (at->info->traits & WAITS_EPOLL)
        return epoll_is_idle(at);
    return at->polled ? polled_is_idle(at) : selected_is_idle(at);
}
