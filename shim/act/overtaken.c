#include "shim/act/overtaken.h"
#include "shim/act/datagrams.h"
#include "shim/intercept/message.h"
#include "shim/intercept/next.h"
#include "shim/know/descriptors.h"
#include "shim/know/held.h"
#include "shim/know/sockets.h"
#include "shim/model/hash.h"
#include "shim/state.h"

#include <errno.h>
#include <string.h>

enum { PLACE_BYTES = 64 };

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
    held->flags = (uint32_t)message.msg_flags;
    held->name_len = message.msg_namelen;
    held->control_len = (uint32_t)message.msg_controllen;
    return held;
}

static bool holds_received(struct attempt *at)
{
    uint32_t behind = (uint32_t)at->decision.length;
    struct board_held *held = NULL;
    if (held_of(at->socket, HELD_RECEIVED) || !(held = take_in(at->fd))) {
        decision_undo(shim.board, &at->decision); /* one at a time */
        return at->ahead || overtaken_pass(at);
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
    if (held_of(at->socket, HELD_SENT) || !message_of(at, &message, &one) ||
        message.msg_namelen > sizeof held->name || message.msg_controllen > 0 || !(held = held_claim())) {
        decision_undo(shim.board, &at->decision);
        return true;
    }
    held->len = (uint32_t)message_bytes(at, held->bytes, sizeof held->bytes);
    held->name_len = message.msg_name ? message.msg_namelen : 0;
    if (held->name_len > 0)
        memcpy(held->name, message.msg_name, held->name_len);
    if (datagram_sends_nothing(at)) {
        held_keep(held, at->socket, HELD_SENT, (uint32_t)at->decision.length);
        return false;
    }
    held_free(held);
    decision_undo(shim.board, &at->decision);
    return true; /* it fails by itself, or waits */
}

bool overtaken_hold(struct attempt *at)
{
    return at->info->family == FAMILY_RECEIVE ? holds_received(at) : holds_sent(at);
}

/* What tells a datagram from another: its length and beginning. Never 0. */
static uint64_t describe(const unsigned char *bytes, size_t len)
{
    return (hash_bytes(bytes, len < PLACE_BYTES ? len : PLACE_BYTES) ^ len) | 1;
}

static uint64_t look_at_place(int fd)
{
    unsigned char bytes[PLACE_BYTES];
    ssize_t len = next_recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    return len < 0 ? 0 : describe(bytes, (size_t)len);
}

/*
 * What was left there in its place goes now, unless another reader has had it. Where one is so fast that
 * something else was taken, that is the next.
 */
static void clear_place(const struct attempt *at, const struct board_held *held)
{
    int saved = errno;
    uint64_t place = atomic_load(&held->place);
    struct board_held *taken = look_at_place(at->fd) == place ? take_in(at->fd) : NULL;
    if (taken && describe(taken->bytes, taken->len) != place)
        held_keep(taken, at->socket, HELD_RECEIVED, 0);
    else
        held_free(taken);
    errno = saved;
}

bool overtaken_deliver(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_RECEIVED);
    if (!held || atomic_load(&held->behind) > 0 || datagram_meets_error(at))
        return false;
    if (at->flags & MSG_PEEK) {
        message_deliver(at, held);
        return true;
    }
    if (!held_take(held, at->socket))
        return false;
    clear_place(at, held);
    message_deliver(at, held);
    held_free(held);
    return true;
}

/*
 * The last that overtakes is left on the queue, in place of the one that comes behind it: readiness is then
 * as if both had come together. Threads that receive on one socket at the same time may both get that last
 * one: a duplicate, which a network makes as well.
 */
bool overtaken_pass(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_RECEIVED);
    if (!held || at->flags & MSG_PEEK)
        return true;
    if (atomic_load(&held->behind) > 1) {
        atomic_fetch_sub(&held->behind, 1);
        return true;
    }
    uint64_t place = look_at_place(at->fd);
    if (!datagram_leave(at))
        return false;
    atomic_store(&held->place, place);
    atomic_store(&held->behind, 0);
    return false;
}

bool overtaken_is_next(const struct board_socket *socket, uint32_t *ret_len)
{
    struct board_held *held = held_of(socket, HELD_RECEIVED);
    if (!held || atomic_load(&held->behind) > 0)
        return false;
    *ret_len = held->len;
    return true;
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

void overtaken_sent(struct attempt *at)
{
    struct board_held *held = held_of(at->socket, HELD_SENT);
    if (!held || at->result < 0 || at->decision.recipe == RECIPE_HOLD)
        return;
    uint32_t went = at->messages ? (uint32_t)at->result : 1, behind = atomic_load(&held->behind);
    atomic_store(&held->behind, behind > went ? behind - went : 0);
    if (behind <= went)
        send_held(held, at->socket, at->fd);
}

void overtaken_flush(struct board_socket *socket, int fd)
{
    struct board_held *held = held_of(socket, HELD_SENT);
    if (held)
        send_held(held, socket, fd);
}

/* Whether a number outside first..last names the same socket. */
static bool lives_on(int32_t slot, unsigned int first, unsigned int last)
{
    for (int fd = 0; fd < descriptor_end(); fd++)
        if (((unsigned int)fd < first || (unsigned int)fd > last) && descriptor_get(fd) == slot &&
            socket_of(fd) == &shim.board->sockets[slot])
            return true;
    return false;
}

void overtaken_end(unsigned int first, unsigned int last)
{
    unsigned int stop = (unsigned int)descriptor_end();
    for (unsigned int fd = first; fd < stop && fd <= last; fd++) {
        int32_t slot = descriptor_get((int)fd);
        if (slot < 0 || atomic_load_explicit(&shim.board->sockets[slot].held, memory_order_relaxed) == 0)
            continue;
        struct board_socket *socket = socket_of((int)fd);
        struct board_held *held = held_of(socket, HELD_SENT);
        if (held && held_is_ours(held) && !lives_on(slot, first, last))
            send_held(held, socket, (int)fd);
    }
}
