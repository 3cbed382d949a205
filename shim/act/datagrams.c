#include "shim/act/datagrams.h"
#include "shim/act/rearm.h"
#include "shim/intercept/message.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/held.h"
#include "shim/know/sockets.h"
#include "shim/model/hash.h"
#include "shim/state.h"

#include <errno.h>
#include <string.h>

#ifndef MSG_PROBE
#define MSG_PROBE 0x10 /* <linux/socket.h>: do everything but send */
#endif

static bool is_receive(const struct attempt *at)
{
    return at->info->family == FAMILY_RECEIVE;
}

/* Takes what comes next off the queue. */
static void take_away(int fd)
{
    char scrap;
    int saved = errno;
    next_recv(fd, &scrap, 1, MSG_DONTWAIT);
    errno = saved;
}

/* An error waits for the next send: it must have that, so nothing else can befall it. */
static bool has_error(const struct attempt *at)
{
    struct pollfd now = {.fd = at->fd};
    return next_poll(&now, 1, 0) > 0 && now.revents & POLLERR;
}

/* At a send: the kernel goes all the way but for the last step, and tells what it would have told. */
static bool sends_nothing(struct attempt *at)
{
    if (has_error(at)) {
        decision_undo(shim.board, &at->decision);
        return true;
    }
    message_transfer(at, MSG_PROBE, SIZE_MAX);
    return false;
}

bool datagram_lose(struct attempt *at)
{
    if (!is_receive(at))
        return sends_nothing(at);
    take_away(at->fd);
    at->again = true;
    return true;
}

bool datagram_discard(struct attempt *at)
{
    take_away(at->fd);
    attempt_fail(at, EAGAIN);
    return false;
}

/* A receive leaves it there for the next one, which finds it as if it had come again: a new edge. */
bool datagram_double(struct attempt *at)
{
    if (!is_receive(at))
        return true;
    if (at->flags & MSG_PEEK) { /* there is one more only for who takes one away */
        decision_undo(shim.board, &at->decision);
        return true;
    }
    message_transfer(at, MSG_PEEK, SIZE_MAX);
    if (at->result < 0)
        return false;
    socket_set(at->socket, SOCKET_TWIN);
    board_arm_all(shim.board);
    rearm(at->socket, at->fd, false);
    return false;
}

void datagram_double_after(struct attempt *at)
{
    struct attempt again = *at;
    if (is_receive(at) || at->result < 0)
        return;
    message_transfer(&again, MSG_DONTWAIT | MSG_NOSIGNAL, SIZE_MAX);
}

/* Receives the next datagram into the board's keeping. */
static struct board_held *take_in(int fd)
{
    struct board_held *held = held_claim();
    if (!held)
        return NULL;
    struct iovec iov = {held->bytes, sizeof held->bytes};
    struct msghdr message = {held->name, sizeof held->name, &iov, 1, held->control, sizeof held->control, 0};
    ssize_t n = next_recvmsg(fd, &message, MSG_DONTWAIT);
    if (n < 0) {
        held_free(held);
        return NULL;
    }
    held->len = (uint32_t)n;
    held->flags = (uint32_t)(message.msg_flags & ~MSG_TRUNC);
    held->name_len = message.msg_namelen;
    held->control_len = (uint32_t)message.msg_controllen;
    return held;
}

static bool holds_received(struct attempt *at)
{
    uint32_t behind = (uint32_t)at->decision.length;
    struct board_held *held = NULL;
    if (at->flags & MSG_PEEK || held_of(at->socket, HELD_RECEIVED) || !(held = take_in(at->fd))) {
        decision_undo(shim.board, &at->decision); /* one at a time */
        return at->ahead || datagrams_pass(at);
    }
    held_keep(held, at->socket, HELD_RECEIVED, behind);
    at->again = true;
    return true;
}

/* A copy goes out later; the kernel says what it would have said now. */
static bool holds_sent(struct attempt *at)
{
    struct msghdr message;
    struct iovec one;
    struct board_held *held = NULL;
    uint32_t behind = (uint32_t)at->decision.length;
    if (has_error(at) || held_of(at->socket, HELD_SENT) || !message_of(at, &message, &one) ||
        message.msg_namelen > sizeof held->name || !(held = held_claim())) {
        decision_undo(shim.board, &at->decision);
        return true;
    }
    held->len = (uint32_t)message_bytes(at, held->bytes, sizeof held->bytes);
    held->name_len = message.msg_name ? message.msg_namelen : 0;
    if (held->name_len > 0)
        memcpy(held->name, message.msg_name, held->name_len);
    message_transfer(at, MSG_PROBE, SIZE_MAX);
    if (at->result < 0)
        held_free(held);
    else
        held_keep(held, at->socket, HELD_SENT, behind);
    return false;
}

bool datagram_hold(struct attempt *at)
{
    return is_receive(at) ? holds_received(at) : holds_sent(at);
}

/* Bits of the first `len` bytes that lie in the vector, each at most once, chosen by the draw. */
static void flip(const struct iovec *iov, size_t count, size_t len, uint64_t choice, uint64_t bits)
{
    uint64_t chosen[64], total = (uint64_t)len * 8;
    for (uint64_t n = 0; n < bits && n < total && n < 64; n++) {
        uint64_t bit = draw(choice, n, 0, 0, 0, 0) % total;
        for (uint64_t i = 0; i < n; i++)
            if (chosen[i] == bit) {
                bit = (bit + 1) % total;
                i = UINT64_MAX; /* from the beginning */
            }
        chosen[n] = bit;
        size_t byte = (size_t)(bit / 8), part = 0;
        for (; part < count && byte >= iov[part].iov_len; part++)
            byte -= iov[part].iov_len;
        if (part < count)
            ((unsigned char *)iov[part].iov_base)[byte] ^= (unsigned char)(1 << bit % 8);
    }
}

/* The program's own buffer is not to be written to: a damaged copy is sent. */
static bool sends_flipped(struct attempt *at)
{
    struct board_held *copy = held_claim();
    size_t len = copy ? message_bytes(at, copy->bytes, sizeof copy->bytes) : 0;
    struct msghdr message;
    struct iovec one, damaged = {copy ? copy->bytes : NULL, len};
    if (!copy || len == 0 || len > sizeof copy->bytes || !message_of(at, &message, &one)) {
        held_free(copy);
        decision_undo(shim.board, &at->decision);
        return true;
    }
    flip(&damaged, 1, len, at->decision.draw, at->decision.length);
    struct attempt sending = *at;
    sending.iov = &damaged;
    sending.iovcnt = 1;
    if (at->messages || at->message) {
        message.msg_iov = &damaged;
        message.msg_iovlen = 1;
        sending.message = &message;
        sending.messages = NULL;
    }
    message_transfer(&sending, 0, SIZE_MAX);
    at->result = at->messages && sending.result >= 0 ? 1 : sending.result;
    at->err = sending.err;
    if (at->messages && sending.result >= 0)
        at->messages[0].msg_len = (unsigned int)sending.result;
    held_free(copy);
    return false;
}

bool datagram_flip(struct attempt *at)
{
    at->single = true;
    return is_receive(at) ? true : sends_flipped(at);
}

void datagram_flip_after(struct attempt *at)
{
    struct msghdr message;
    struct iovec one;
    size_t got = at->messages && at->result > 0 ? at->messages[0].msg_len : (size_t)at->result;
    if (!is_receive(at) || at->result <= 0 || got == 0 || !message_of(at, &message, &one)) {
        if (is_receive(at))
            decision_undo(shim.board, &at->decision);
        return;
    }
    size_t room = 0;
    for (size_t i = 0; i < message.msg_iovlen; i++)
        room += message.msg_iov[i].iov_len;
    flip(message.msg_iov, message.msg_iovlen, got < room ? got : room, at->decision.draw,
         at->decision.length);
}

bool datagram_truncate(struct attempt *at)
{
    message_transfer(at, 0, (size_t)at->decision.length);
    return false;
}

bool datagrams_deliver(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_RECEIVED);
    if (!held || atomic_load(&held->behind) > 0)
        return false;
    if (at->flags & MSG_PEEK) {
        message_deliver(at, held);
        return true;
    }
    if (!held_take(held, at->socket))
        return false;
    take_away(at->fd); /* what was left there in its place, so that waits told of it */
    message_deliver(at, held);
    held_free(held);
    return true;
}

/*
 * The last that overtakes is left on the queue, in place of the one that comes behind it: readiness is then
 * as if that had come now.
 */
bool datagrams_pass(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_RECEIVED);
    if (!held || at->flags & MSG_PEEK)
        return true;
    at->single = true;
    if (atomic_load(&held->behind) > 1) {
        atomic_fetch_sub(&held->behind, 1);
        return true;
    }
    message_transfer(at, MSG_PEEK, SIZE_MAX);
    if (at->result < 0)
        return false;
    atomic_store(&held->behind, 0);
    rearm(at->socket, at->fd, false);
    return false;
}

static void send_held(struct board_held *held, struct board_socket *socket, int fd)
{
    struct iovec iov = {held->bytes, held->len};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    int saved = errno;
    if (!held_take(held, socket))
        return;
    if (held->name_len > 0) {
        message.msg_name = held->name;
        message.msg_namelen = held->name_len;
    }
    next_sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    held_free(held);
    errno = saved;
}

void datagrams_sent(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_SENT);
    if (!held || at->result < 0 || at->decision.recipe == RECIPE_HOLD)
        return;
    uint32_t went = at->messages ? (uint32_t)at->result : 1, behind = atomic_load(&held->behind);
    atomic_store(&held->behind, behind > went ? behind - went : 0);
    if (behind <= went)
        send_held(held, at->socket, at->fd);
}

void datagrams_flush(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_SENT);
    if (held)
        send_held(held, at->socket, at->fd);
}
