#include "shim/act/aftermath.h"
#include "shim/act/connection.h"
#include "shim/act/overtaken.h"
#include "shim/act/wake.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/state.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

static bool is_receive(const struct attempt *at)
{
    return at->info->family == FAMILY_RECEIVE && !(at->flags & (MSG_OOB | MSG_ERRQUEUE));
}

/* A dead TCP socket: connect(2) would start over where the kernel, after a real RST, says EISCONN. */
static bool dead_connect(struct attempt *at)
{
    if (at->addr && at->addr->sa_family == AF_UNSPEC) {
        socket_clear(at->socket, SOCKET_DEAD);
        return true;
    }
    attempt_fail(at, EISCONN);
    return false;
}

/* ... and getsockname goes on telling the address it had. */
static bool dead_name(struct attempt *at)
{
    socklen_t room = at->name_len ? *at->name_len : 0, len = at->socket->saved_name_len;
    if (at->call != CALL_getsockname || len == 0 || !at->name)
        return true;
    memcpy(at->name, at->socket->saved_name, room < len ? room : len);
    *at->name_len = len;
    at->result = 0;
    return false;
}

/* The peer is gone for good: the first send goes out, and its answer is a reset, which after a FIN means
 * EPIPE. */
static void full_close_sent(struct attempt *at)
{
    if (at->info->family != FAMILY_SEND || at->result <= 0 || socket_has(at->socket, SOCKET_EOF_SENT))
        return;
    socket_set(at->socket, SOCKET_EOF_SENT);
    connection_kill(at->socket, at->fd, EPIPE);
}

/* After that reset a receive still gives 0 and leaves the error alone; a send takes it, and raises SIGPIPE.
 */
static bool full_close_before(struct attempt *at)
{
    if (is_receive(at)) {
        at->result = 0;
        if (at->name && at->name_len)
            *at->name_len = 0;
        return false;
    }
    if (at->info->family == FAMILY_SEND) {
        socket_option(at->fd, SOL_SOCKET, SO_ERROR, 0);
        socket_clear(at->socket, SOCKET_TRANSLATE);
    }
    return true;
}

/* Once the program has ended its side too, the kernel knows no peer any more. */
static bool both_ended(const struct attempt *at)
{
    int state = facts_tcp_state(at->fd);
    return state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT;
}

/* After an injected end of file on TCP, what still arrives is discarded before anybody can see it. */
static bool eof_before(struct attempt *at)
{
    if (socket_has(at->socket, SOCKET_EOF_SENT))
        return full_close_before(at);
    if (is_receive(at))
        return connection_reads_end(at);
    if (at->info->family == FAMILY_END || at->info->family == FAMILY_SEND)
        connection_drain(at->fd, true);
    if ((at->call == CALL_getpeername || at->call == CALL_shutdown) && both_ended(at)) {
        if (at->call == CALL_shutdown) /* it fails, and is an edge for epoll all the same */
            next_shutdown(at->fd, (int)at->argument);
        attempt_fail(at, ENOTCONN);
        return false;
    }
    return true;
}

void aftermath_doom(struct attempt *at, enum recipe recipe, int err, bool eof_full)
{
    atomic_store(&at->socket->doom, (uint32_t)recipe);
    atomic_store(&at->socket->doom_error, err);
    socket_set(at->socket, eof_full ? SOCKET_DOOMED | SOCKET_EOF_FULL : SOCKET_DOOMED);
    board_arm_all(shim.board);
}

/* The data that was promised has been read: now it happens. */
static void meet_doom(struct attempt *at)
{
    struct board_socket *socket = at->socket;
    enum recipe recipe = (enum recipe)atomic_load(&socket->doom);
    bool full = socket_has(socket, SOCKET_EOF_FULL);
    if (facts_readable(at->fd) > 0)
        return;
    socket_clear(socket, SOCKET_DOOMED);
    if (recipe == RECIPE_TCP_KILL)
        connection_kill(socket, at->fd, atomic_load(&socket->doom_error));
    else if (recipe == RECIPE_TCP_EOF)
        connection_eof(socket, at->fd, full);
    else if (recipe == RECIPE_LOCAL_EOF)
        connection_end_local(socket, at->fd, full ? SHUT_RDWR : SHUT_RD);
    else if (recipe == RECIPE_LOCAL_KILL) {
        connection_end_local(socket, at->fd, SHUT_RDWR);
        socket_set(socket, SOCKET_OWES_RESET);
    }
}

/* AF_UNIX has no pending error of ours in the kernel: the one receive that is to see it gets it from here. */
static bool pay_reset(struct attempt *at)
{
    if (!is_receive(at) || !socket_has(at->socket, SOCKET_OWES_RESET))
        return true;
    socket_clear(at->socket, SOCKET_OWES_RESET);
    attempt_fail(at, ECONNRESET);
    return false;
}

/* A datagram that was to be overtaken by others has only this moment left to be sent. */
static void send_what_waits(struct attempt *at)
{
    if (at->borrowed)
        return;
    if (at->info->traits & CLOSES && at->fd >= 0)
        overtaken_end((unsigned int)at->fd, (unsigned int)at->fd);
    else if (at->other_fd >= 0 && at->info->traits & COPIES_FD && at->other_fd != at->fd)
        overtaken_end((unsigned int)at->other_fd, (unsigned int)at->other_fd);
    else if (at->socket && (at->call == CALL_connect || at->call == CALL_shutdown))
        overtaken_flush(at->socket, at->fd);
}

/* FIONREAD tells of the datagram that is next, which need not be the one on the queue. */
static void tell_next(struct attempt *at)
{
    uint32_t len;
    if (at->call != CALL_ioctl || (unsigned long)at->argument != FIONREAD || !at->value || at->err)
        return;
    if (overtaken_is_next(at->socket, &len))
        *(int *)at->value = (int)len;
}

bool aftermath_before(struct attempt *at)
{
    send_what_waits(at);
    if (!at->socket || !atomic_load_explicit(&at->socket->flags, memory_order_relaxed))
        return true;
    if (socket_has(at->socket, SOCKET_DEAD)) {
        if (at->call == CALL_connect)
            return dead_connect(at);
        if (!dead_name(at))
            return false;
    }
    if (socket_has(at->socket, SOCKET_EOF) && !eof_before(at))
        return false;
    return pay_reset(at);
}

/*
 * A receive in which another thread was blocked when the connection was killed: connect(AF_UNSPEC) wakes it
 * with EPIPE, which no receive gives, and leaves the error to be taken. Once taken (or after an end), it is
 * 0.
 */
static void right_woken(struct attempt *at)
{
    if (!is_receive(at) || at->err != EPIPE)
        return;
    at->err = socket_has(at->socket, SOCKET_EOF) ? 0 : socket_option(at->fd, SOL_SOCKET, SO_ERROR, 0);
    at->result = at->err ? -1 : 0;
}

static bool asks_for_error(const struct attempt *at)
{
    return at->call == CALL_getsockopt && at->level == SOL_SOCKET && at->option == SO_ERROR && !at->err &&
           at->value;
}

/* SO_ERROR, when there is no other error, takes the soft one. */
static void tell_soft_error(struct attempt *at)
{
    if (!asks_for_error(at) || *(int *)at->value != 0)
        return;
    *(int *)at->value = atomic_load(&at->socket->translate_to);
    socket_clear(at->socket, SOCKET_SOFT_ERROR);
}

/* SO_ERROR takes it as a receive does. */
static void pay_error(struct attempt *at)
{
    if (!asks_for_error(at))
        return;
    *(int *)at->value = ECONNRESET;
    socket_clear(at->socket, SOCKET_OWES_RESET);
}

/* Where the pending error comes out first, it is told by its right name; it comes out once. */
static void translate(struct attempt *at)
{
    int *value = at->value, to = atomic_load(&at->socket->translate_to);
    if (asks_for_error(at) && (*value == ECONNRESET || *value == ECONNREFUSED))
        *value = to;
    else if (at->err == ECONNRESET || at->err == ECONNREFUSED)
        at->err = to;
    else
        return;
    socket_clear(at->socket, SOCKET_TRANSLATE);
}

static void tell_unsent(struct attempt *at)
{
    if (at->call == CALL_ioctl && (unsigned long)at->argument == SIOCOUTQ && at->value && !at->err)
        *(int *)at->value = at->socket->saved_unsent;
}

static void hide_discarded(struct attempt *at)
{
    if (at->call == CALL_ioctl && (unsigned long)at->argument == FIONREAD && at->value && !at->err)
        *(int *)at->value = 0;
}

void aftermath_after(struct attempt *at)
{
    if (at->socket && at->info->family == FAMILY_SEND && !at->each)
        overtaken_sent(at);
    if (at->socket)
        tell_next(at);
    if (!at->socket || !atomic_load_explicit(&at->socket->flags, memory_order_relaxed))
        return;
    if (socket_has(at->socket, SOCKET_DEAD)) {
        right_woken(at);
        tell_unsent(at);
    }
    if (socket_has(at->socket, SOCKET_SOFT_ERROR))
        tell_soft_error(at);
    if (socket_has(at->socket, SOCKET_OWES_RESET))
        pay_error(at);
    if (socket_has(at->socket, SOCKET_TRANSLATE))
        translate(at);
    if (socket_has(at->socket, SOCKET_PHANTOM))
        wake_finds_out(at);
    if (socket_has(at->socket, SOCKET_EOF))
        hide_discarded(at);
    if (socket_has(at->socket, SOCKET_EOF_FULL))
        full_close_sent(at);
    if (socket_has(at->socket, SOCKET_DOOMED) && is_receive(at))
        meet_doom(at);
}
