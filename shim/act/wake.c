#include "shim/act/wake.h"
#include "shim/intercept/next.h"
#include "shim/know/descriptors.h"
#include "shim/know/epolls.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

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
        if (at->polled[i].events & (POLLIN | POLLRDNORM) && is_doubtful(at->polled[i].fd))
            return at->polled[i].fd;
    return -1;
}

/* Of more than a fd_set holds, only the kernel knows how many it looks at (select(getdtablesize(), ...)). */
static int in_select(const struct attempt *at)
{
    for (int fd = 0; fd < at->selected && at->selected <= FD_SETSIZE; fd++)
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

enum { INPUT = POLLIN | POLLRDNORM };

/* Whether a wait is to tell of fd, which it asks input of: of the one that wakes it, and of those that have.
 */
static bool is_told(int fd, int wakes)
{
    return fd == wakes || (fd >= 0 && socket_has(socket_of(fd), SOCKET_PHANTOM) && is_doubtful(fd));
}

/* What is ready is told besides. */
static int tell_by_poll(struct attempt *at, int wakes)
{
    int count = next_poll(at->polled, at->polled_count, 0);
    for (size_t i = 0; count >= 0 && i < at->polled_count; i++) {
        struct pollfd *polled = &at->polled[i];
        if (!(polled->events & INPUT) || !is_told(polled->fd, wakes))
            continue;
        count += polled->revents == 0;
        polled->revents |= (short)(polled->events & INPUT);
    }
    return count;
}

static int tell_by_select(struct attempt *at, int wakes)
{
    fd_set asked = *at->sets[0];
    int count = next_select(at->selected, at->sets[0], at->sets[1], at->sets[2], &(struct timeval){0});
    for (int fd = 0; count >= 0 && fd < at->selected; fd++)
        if (FD_ISSET(fd, &asked) && !FD_ISSET(fd, at->sets[0]) && is_told(fd, wakes)) {
            FD_SET(fd, at->sets[0]);
            count++;
        }
    return count;
}

/* EPOLLONESHOT is used up by an event that was told. */
static void disarm(int epoll_fd, int fd, struct epoll_event event)
{
    if (!(event.events & EPOLLONESHOT))
        return;
    event.events &= EPOLLONESHOT | EPOLLET;
    next_epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* An event tells all that is true of its descriptor. */
static int add_event(struct attempt *at, int count, int fd, const struct epoll_event *asked)
{
    int i = 0;
    struct pollfd now = {.fd = fd, .events = (short)(asked->events & (EPOLLOUT | EPOLLRDHUP | EPOLLPRI))};
    while (i < count && at->events[i].data.u64 != asked->data.u64)
        i++;
    if (i == at->max_events)
        return count;
    next_poll(&now, 1, 0);
    at->events[i] = *asked;
    at->events[i].events = (uint32_t)(unsigned short)now.revents | (asked->events & (EPOLLIN | EPOLLRDNORM));
    disarm(at->fd, fd, *asked);
    return i == count ? count + 1 : count;
}

/* An edge is told of once. */
static int tell_by_epoll(struct attempt *at, int wakes)
{
    struct epoll_event event;
    int count = next_epoll_wait(at->fd, at->events, at->max_events, 0);
    for (int fd = epoll_next(at->fd, 0, &event); count >= 0 && fd >= 0;
         fd = epoll_next(at->fd, fd + 1, &event)) {
        bool repeats = !(event.events & (EPOLLET | EPOLLONESHOT));
        if (event.events & EPOLLIN && (fd == wakes || repeats) && is_told(fd, wakes))
            count = add_event(at, count, fd, &event);
    }
    return count;
}

static void tell(struct attempt *at, int wakes)
{
    if (at->polled)
        attempt_returned(at, tell_by_poll(at, wakes));
    else if (at->events)
        attempt_returned(at, tell_by_epoll(at, wakes));
    else
        attempt_returned(at, tell_by_select(at, wakes));
}

/* What came, and came to nothing, was an edge. */
static void tell_other_epolls(const struct attempt *at, int fd)
{
    struct epoll_event event;
    for (int epoll_fd = 0; epoll_fd < descriptor_end(); epoll_fd++) {
        if (descriptor_get(epoll_fd) != DESCRIPTOR_EPOLL || epoll_fd == at->fd)
            continue;
        if (epoll_next(epoll_fd, fd, &event) == fd && event.events & EPOLLET &&
            !(event.events & (EPOLLONESHOT | EPOLLEXCLUSIVE)))
            next_epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
    }
}

bool wakes_for_nothing(struct attempt *at)
{
    int fd = wake_candidate(at);
    if (fd < 0 || is_input(fd)) {
        decision_undo(shim.board, &at->decision);
        return true;
    }
    struct board_socket *socket = socket_of(fd);
    if (socket->type == SOCK_DGRAM && socket->domain != AF_UNIX) {
        socket_set(socket, SOCKET_PHANTOM);
        atomic_store(&shim.board->phantoms, 1);
        board_arm_all(shim.board);
    }
    tell(at, fd);
    tell_other_epolls(at, fd);
    return false;
}

void wake_completes(struct attempt *at)
{
    uint32_t asked = 0;
    if (!atomic_load_explicit(&shim.board->phantoms, memory_order_relaxed) || !at->events)
        return;
    for (intptr_t i = 0; i < at->result; i++) {
        int fd = epoll_find(at->fd, at->events[i].data.u64, &asked);
        if (fd >= 0 && is_told(fd, -1))
            at->events[i].events |= asked & (EPOLLIN | EPOLLRDNORM);
    }
}

static bool repeats_in_epoll(const struct attempt *at)
{
    struct epoll_event event;
    for (int fd = epoll_next(at->fd, 0, &event); fd >= 0; fd = epoll_next(at->fd, fd + 1, &event))
        if (event.events & EPOLLIN && !(event.events & (EPOLLET | EPOLLONESHOT)) && is_told(fd, -1))
            return true;
    return false;
}

static bool repeats(const struct attempt *at)
{
    if (at->events)
        return at->max_events > 0 && repeats_in_epoll(at);
    for (size_t i = 0; i < at->polled_count; i++)
        if (at->polled[i].events & INPUT && is_told(at->polled[i].fd, -1))
            return true;
    for (int fd = 0; at->sets[0] && fd < at->selected; fd++)
        if (FD_ISSET(fd, at->sets[0]) && is_told(fd, -1))
            return true;
    return false;
}

bool wakes_again(struct attempt *at)
{
    if (!atomic_load_explicit(&shim.board->phantoms, memory_order_relaxed) || !repeats(at))
        return false;
    tell(at, -1);
    return true;
}

void wake_finds_out(struct attempt *at)
{
    bool receives = at->info->family == FAMILY_RECEIVE && !(at->flags & MSG_ERRQUEUE);
    if (receives || (at->call == CALL_ioctl && (unsigned long)at->argument == FIONREAD))
        socket_clear(at->socket, SOCKET_PHANTOM);
}
