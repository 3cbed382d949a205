#include "shim/act/wake.h"
#include "shim/intercept/next.h"
#include "shim/know/epolls.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <fcntl.h>

/*
 * Whether somebody could have been told of input there that is gone when it is asked for: another reader was
 * faster, or a datagram's checksum was wrong, which a wait for a blocking UDP socket looks at itself.
 */
static bool is_doubtful(int fd)
{
    struct board_socket *socket = socket_of(fd);
    if (!socket)
        return false;
    if (socket_has(socket, SOCKET_SHARED))
        return true;
    int flags = next_fcntl(fd, F_GETFL, NULL);
    bool udp = socket->type == SOCK_DGRAM && (socket->domain == AF_INET || socket->domain == AF_INET6);
    return udp && flags >= 0 && flags & O_NONBLOCK;
}

static int in_poll(const struct attempt *at)
{
    for (size_t i = 0; i < at->polled_count; i++)
        if (at->polled[i].events & POLLIN && is_doubtful(at->polled[i].fd))
            return at->polled[i].fd;
    return -1;
}

static int in_select(const struct attempt *at)
{
    for (int fd = 0; fd < at->selected; fd++)
        if (FD_ISSET(fd, at->sets[0]) && is_doubtful(fd))
            return fd;
    return -1;
}

static int in_epoll(const struct attempt *at)
{
    struct epoll_event event;
    for (int fd = epoll_next(at->fd, 0, &event); fd >= 0; fd = epoll_next(at->fd, fd + 1, &event))
        if (event.events & EPOLLIN && is_doubtful(fd))
            return fd;
    return -1;
}

int wake_candidate(const struct attempt *at)
{
    if (at->polled)
        return in_poll(at);
    if (at->events && at->max_events > 0)
        return in_epoll(at);
    return at->sets[0] ? in_select(at) : -1;
}

static bool is_input(int fd)
{
    struct pollfd now = {.fd = fd, .events = POLLIN};
    return next_poll(&now, 1, 0) > 0;
}

static void tell_by_poll(struct attempt *at, int fd)
{
    bool told = false;
    for (size_t i = 0; i < at->polled_count; i++) {
        struct pollfd *polled = &at->polled[i];
        bool it = !told && polled->fd == fd && polled->events & POLLIN;
        polled->revents = it ? POLLIN : 0;
        told = told || it;
    }
}

static void tell_by_select(struct attempt *at, int fd)
{
    for (int set = 0; set < 3; set++)
        for (int i = 0; at->sets[set] && i < at->selected; i++)
            if (set > 0 || i != fd)
                FD_CLR(i, at->sets[set]);
}

static void tell_by_epoll(struct attempt *at, int fd)
{
    struct epoll_event event = {0};
    epoll_next(at->fd, fd, &event);
    at->events[0] = event;
    at->events[0].events = EPOLLIN;
    if (!(event.events & EPOLLONESHOT))
        return;
    event.events &= EPOLLONESHOT | EPOLLET; /* disarmed, as an event that was told is */
    next_epoll_ctl(at->fd, EPOLL_CTL_MOD, fd, &event);
}

bool wakes_for_nothing(struct attempt *at)
{
    int fd = wake_candidate(at);
    if (fd < 0 || is_input(fd)) {
        decision_undo(shim.board, &at->decision);
        return true;
    }
    if (at->polled)
        tell_by_poll(at, fd);
    else if (at->events)
        tell_by_epoll(at, fd);
    else
        tell_by_select(at, fd);
    at->result = 1;
    return false;
}
