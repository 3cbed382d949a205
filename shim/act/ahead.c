#include "shim/act/ahead.h"
#include "shim/act/recipes.h"
#include "shim/intercept/next.h"
#include "shim/know/epolls.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>

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
        if (call_info((enum call_id)id)->family == FAMILY_RECEIVE && made > most) {
            most = made;
            best = (enum call_id)id;
        }
    }
    return best;
}

/* Decides the receive that is expected on fd. Whether the connection was ended. */
static bool ends_now(struct attempt *wait, int fd)
{
    struct attempt at;
    struct board_socket *socket = socket_of(fd);
    if (!socket || socket->type == SOCK_DGRAM ||
        socket_has(socket, SOCKET_LISTENING | SOCKET_DEAD | SOCKET_EOF) ||
        atomic_fetch_or(&socket->flags, SOCKET_DECIDED) & SOCKET_DECIDED)
        return false;
    attempt_init(&at, expected_call(socket), (const void *)(uintptr_t)wait->site);
    atomic_store(&socket->habit, (uint32_t)at.call + 1);
    at.fd = fd;
    at.socket = socket;
    at.asked = 65536;
    at.ahead = true;
    at.began_ns = wait->began_ns;
    if (!attempt_decide(&at))
        return false;
    if (!recipe_before(&at) && at.err == ECONNRESET) /* AF_UNIX: nothing pends in the kernel */
        socket_set(socket, SOCKET_OWES_RESET);
    board_arm_all(shim.board);
    if (wait->decision.rule < 0)
        wait->decision.rule = at.decision.rule;
    wait->decision.recipe = at.decision.recipe;
    return true;
}

static void after_poll(struct attempt *at)
{
    for (size_t i = 0; i < at->polled_count; i++) {
        struct pollfd *polled = &at->polled[i];
        if (polled->revents & POLLIN && ends_now(at, polled->fd))
            next_poll(polled, 1, 0);
    }
}

static void after_select(struct attempt *at)
{
    for (int fd = 0; fd < at->selected; fd++)
        if (FD_ISSET(fd, at->readable))
            ends_now(at, fd); /* it stays readable */
}

static void after_epoll(struct attempt *at)
{
    for (intptr_t i = 0; i < at->result; i++) {
        struct epoll_event *event = &at->events[i];
        uint32_t asked = 0;
        int fd = event->events & EPOLLIN ? epoll_find(at->fd, event->data.u64, &asked) : -1;
        if (fd < 0 || !ends_now(at, fd))
            continue;
        struct pollfd now = {.fd = fd,
                             .events = (short)(asked & (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI))};
        if (next_poll(&now, 1, 0) > 0)
            event->events = (uint32_t)(unsigned short)now.revents;
    }
}

/* Cheap where no rule is of that kind. */
static bool may_end(const struct board *board)
{
    for (uint32_t i = 0; i < board->rule_count; i++)
        if (decide_ends_connection(&board->rules[i]))
            return true;
    return false;
}

void ahead_of_telling(struct attempt *at)
{
    int saved = errno;
    if (at->result <= 0 || !may_end(shim.board))
        return;
    if (at->polled)
        after_poll(at);
    else if (at->readable)
        after_select(at);
    else if (at->events)
        after_epoll(at);
    errno = saved;
}
