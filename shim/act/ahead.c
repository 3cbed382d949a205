#include "shim/act/ahead.h"
#include "shim/act/overtaken.h"
#include "shim/act/recipes.h"
#include "shim/intercept/next.h"
#include "shim/know/epolls.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* read and readv are mostly of files; a datagram is hardly ever received so. */
static bool is_likely(const struct board_socket *socket, int id)
{
    return call_info((enum call_id)id)->family == FAMILY_RECEIVE &&
           (socket->type != SOCK_DGRAM || (id != CALL_read && id != CALL_readv));
}

/* The call it will be: what the socket's last receive was, else what this process receives with most. */
static enum call_id expected_call(const struct board_socket *socket)
{
    uint32_t habit = atomic_load(&socket->habit);
    enum call_id best = CALL_recv;
    uint64_t most = 0;
    if (habit)
        return (enum call_id)(habit - 1);
    for (int id = 0; id < CALL_COUNT; id++) {
        uint64_t made = atomic_load_explicit(&shim.board->roles[shim.role].calls[id], memory_order_relaxed);
        if (is_likely(socket, id) && made > most) {
            most = made;
            best = (enum call_id)id;
        }
    }
    return best;
}

/* The receive that is expected on fd, as far as it can be known. */
static void foresee(struct attempt *at, const struct attempt *wait, int fd, struct board_socket *socket)
{
    attempt_init(at, expected_call(socket), (const void *)(uintptr_t)wait->site);
    atomic_store(&socket->habit, (uint32_t)at->call + 1);
    at->fd = fd;
    at->socket = socket;
    at->asked = 65536;
    at->ahead = true;
    at->checked = wait->info->family != FAMILY_WAIT;
    at->began_ns = wait->began_ns;
}

/* The wait is what the trace shows it at, if nothing else befell that. */
static void tell_of(struct attempt *wait, const struct attempt *at)
{
    board_arm_all(shim.board);
    if (wait->decision.rule >= 0)
        return;
    wait->decision.rule = at->decision.rule;
    wait->decision.recipe = at->decision.recipe;
}

static bool decided_before(struct board_socket *socket)
{
    return atomic_fetch_or(&socket->flags, SOCKET_DECIDED) & SOCKET_DECIDED;
}

/* A connection. Whether it was ended. */
static bool ends_now(struct attempt *wait, int fd, struct board_socket *socket)
{
    struct attempt at;
    if (socket_has(socket, SOCKET_DEAD | SOCKET_EOF) || decided_before(socket))
        return false;
    foresee(&at, wait, fd, socket);
    if (!attempt_decide(&at) || at.decision.rule < 0)
        return false;
    if (!recipe_before(&at) && at.err == ECONNRESET) /* AF_UNIX: nothing pends in the kernel */
        socket_set(socket, SOCKET_OWES_RESET);
    tell_of(wait, &at);
    return true;
}

static bool is_input(int fd)
{
    struct pollfd now = {.fd = fd, .events = POLLIN};
    return next_poll(&now, 1, 0) > 0 && now.revents & POLLIN;
}

/* Whether a datagram is there (and no error, which comes first) that nothing is known of yet. */
static bool has_unknown(int fd, const struct board_socket *socket)
{
    struct pollfd now = {.fd = fd, .events = POLLIN};
    uint32_t len;
    return next_poll(&now, 1, 0) > 0 && (now.revents & (POLLIN | POLLERR)) == POLLIN &&
           !socket_has(socket, SOCKET_TWIN | SOCKET_LOOKED) && !overtaken_is_next(socket, &len);
}

/* Where a wait has decided before, it may have told of one that is damaged: that is found out when it is
 * counted, once. */
static bool is_found_out(const struct attempt *by, struct board_socket *socket)
{
    return by->info->family != FAMILY_WAIT && atomic_load(&socket->promised) == 0 &&
           attempt_tells_damaged(by);
}

/* Datagrams: each that is there is decided, until one stays. Whether any went. */
static bool keeps_away(struct attempt *by, int fd, struct board_socket *socket)
{
    bool any = false;
    socket_number(socket); /* as the receive would */
    while (has_unknown(fd, socket)) {
        bool before = decided_before(socket);
        struct attempt at;
        if (before && !is_found_out(by, socket))
            break;
        foresee(&at, by, fd, socket);
        at.was_ahead = before;
        if (!attempt_decide(&at) || at.decision.rule < 0)
            break;
        recipe_before(&at);
        if (at.decision.rule < 0) /* it came to nothing */
            break;
        tell_of(by, &at);
        any = true;
        if (!at.again) /* it stays, behind a refusal */
            break;
        socket_clear(socket, SOCKET_DECIDED);
    }
    return any;
}

/* Whether what is to be told of fd has changed. */
static bool changes(struct attempt *wait, int fd)
{
    struct board_socket *socket = socket_of(fd);
    if (socket && socket->type == SOCK_DGRAM)
        return keeps_away(wait, fd, socket);
    return socket && !socket_has(socket, SOCKET_LISTENING) && ends_now(wait, fd, socket);
}

/* AF_UNIX has no pending error of ours in the kernel: that it is one is said here. */
static uint32_t pending_error(int fd)
{
    return socket_has(socket_of(fd), SOCKET_OWES_RESET) ? EPOLLERR : 0;
}

static void after_poll(struct attempt *at)
{
    for (size_t i = 0; i < at->polled_count; i++) {
        struct pollfd *polled = &at->polled[i];
        if (polled->revents & POLLIN && changes(at, polled->fd)) {
            next_poll(polled, 1, 0);
            at->result -= !polled->revents;
        }
        if (polled->revents)
            polled->revents |= (short)pending_error(polled->fd);
    }
}

/* A connection that ended stays readable; a datagram that went does not. */
static void after_select(struct attempt *at)
{
    for (int fd = 0; at->sets[0] && fd < at->selected; fd++)
        if (FD_ISSET(fd, at->sets[0]) && changes(at, fd) && !is_input(fd)) {
            FD_CLR(fd, at->sets[0]);
            at->result--;
        }
}

/* An event that comes to nothing: EPOLLONESHOT has not been used up. */
static void take_back(struct attempt *at, int fd, uint32_t asked, uint64_t data)
{
    struct epoll_event event = {.events = asked, .data.u64 = data};
    if (asked & EPOLLONESHOT)
        next_epoll_ctl(at->fd, EPOLL_CTL_MOD, fd, &event);
}

/* An event that the program had no room for is to come again: MOD brings an edge back. */
static void put_back(struct attempt *at, const struct epoll_event *event)
{
    uint32_t events = 0;
    int fd = epoll_find(at->fd, event->data.u64, &events);
    struct epoll_event asked = {.events = events, .data = event->data};
    if (fd >= 0 && events & (EPOLLET | EPOLLONESHOT))
        next_epoll_ctl(at->fd, EPOLL_CTL_MOD, fd, &asked);
}

/*
 * What was done to a socket is news to the epoll as well: it would tell of it once more. It is fetched now
 * and joined with what is there for the same data; what is new comes behind it, as it would have.
 */
static void join_news(struct attempt *at)
{
    struct epoll_event news[16];
    int count = next_epoll_wait(at->fd, news, sizeof news / sizeof *news, 0);
    for (int i = 0; i < count; i++) {
        intptr_t same = 0;
        while (same < at->result && at->events[same].data.u64 != news[i].data.u64)
            same++;
        if (same == at->max_events) {
            put_back(at, &news[i]);
            continue;
        }
        if (same == at->result)
            at->result++;
        at->events[same] = news[i];
    }
}

static void after_epoll(struct attempt *at)
{
    intptr_t kept = 0;
    bool changed = false;
    for (intptr_t i = 0; i < at->result; i++) {
        struct epoll_event event = at->events[i];
        uint32_t asked = 0;
        int fd = event.events & EPOLLIN ? epoll_find(at->fd, event.data.u64, &asked) : -1;
        if (fd >= 0 && changes(at, fd)) {
            struct pollfd now = {.fd = fd,
                                 .events = (short)(asked & (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI))};
            changed = true;
            next_poll(&now, 1, 0);
            event.events = (uint32_t)(unsigned short)now.revents;
            if (!event.events)
                take_back(at, fd, asked, event.data.u64);
        }
        if (event.events)
            at->events[kept++] = event;
    }
    at->result = kept;
    if (changed && kept > 0)
        join_news(at);
    for (intptr_t i = 0; i < at->result; i++) {
        uint32_t asked;
        at->events[i].events |= pending_error(epoll_find(at->fd, at->events[i].data.u64, &asked));
    }
}

void ahead_of_counting(struct attempt *at)
{
    bool counts = at->call == CALL_ioctl && (unsigned long)at->argument == FIONREAD;
    if (!counts || !at->socket || at->socket->type != SOCK_DGRAM ||
        !atomic_load_explicit(&shim.board->aheads, memory_order_relaxed))
        return;
    keeps_away(at, at->fd, at->socket);
}

/* So much of a set is the kernel's to read and write: a program may have made room for no more. */
static size_t set_bytes(const struct attempt *at)
{
    size_t words = ((size_t)at->selected + NFDBITS - 1) / NFDBITS;
    return at->selected <= FD_SETSIZE ? words * sizeof(fd_mask) : 0;
}

void ahead_of_waiting(struct attempt *at)
{
    if (!atomic_load_explicit(&shim.board->aheads, memory_order_relaxed))
        return;
    at->waited_since_ns = now_ns();
    for (int i = 0; i < 3; i++)
        if (at->sets[i])
            memcpy(&at->asked_sets[i], at->sets[i], set_bytes(at));
}

/* How much of the timeout is left; false: nothing. */
static bool has_time_left(struct attempt *at)
{
    int64_t left = at->timeout_ns - (now_ns() - at->waited_since_ns);
    if (at->timeout_ns < 0)
        return true;
    if (left <= 0)
        return false;
    at->left = timespec_of_ns(left);
    return true;
}

bool ahead_of_telling(struct attempt *at)
{
    int saved = errno;
    /* A rule that came while the call waited is for the next one. */
    if (!at->waited_since_ns || !atomic_load_explicit(&shim.board->aheads, memory_order_relaxed))
        return false;
    atomic_store_explicit(&shim.waits_decide, true, memory_order_relaxed);
    if (at->polled)
        after_poll(at);
    else if (at->events)
        after_epoll(at);
    else if (at->selected <= FD_SETSIZE)
        after_select(at);
    errno = saved;
    if (at->result > 0 || !has_time_left(at))
        return false;
    for (int i = 0; i < 3; i++)
        if (at->sets[i])
            memcpy(at->sets[i], &at->asked_sets[i], set_bytes(at));
    at->goes_on = true;
    return true;
}
