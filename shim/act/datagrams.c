#include "shim/act/datagrams.h"
#include "shim/act/overtaken.h"
#include "shim/act/rearm.h"
#include "shim/intercept/message.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/held.h"
#include "shim/know/largest.h"
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

bool datagram_sends_nothing(struct attempt *at)
{
    if (datagram_meets_error(at) || at->asked > largest_message(at))
        return false;
    message_transfer(at, MSG_PROBE | MSG_DONTWAIT, SIZE_MAX);
    if (at->result < 0)
        return false;
    rearm(at->socket, at->fd, true);
    return true;
}

bool datagram_meets_error(const struct attempt *at)
{
    struct pollfd now = {.fd = at->fd};
    return next_poll(&now, 1, 0) > 0 && now.revents & POLLERR;
}

/* Takes what comes next off the queue; false: another reader was faster. */
static bool take_away(int fd)
{
    char scrap;
    int saved = errno;
    bool taken = next_recv(fd, &scrap, 1, MSG_DONTWAIT) >= 0;
    errno = saved;
    return taken;
}

bool datagram_leave(struct attempt *at)
{
    message_transfer(at, MSG_PEEK | MSG_DONTWAIT, SIZE_MAX);
    if (at->err == EAGAIN) { /* another reader was faster */
        at->err = 0;
        at->result = 0;
        at->again = true;
    }
    return at->result >= 0 && !at->again;
}

bool datagram_lose(struct attempt *at)
{
    if (!is_receive(at)) {
        if (datagram_sends_nothing(at))
            return false;
        decision_undo(shim.board, &at->decision); /* it fails by itself, or waits */
        return true;
    }
    if (!take_away(at->fd))
        decision_undo(shim.board, &at->decision);
    at->again = true;
    return true;
}

/* The datagram stays for the next receive, as if two had come together. */
static void leave_for_twin(struct attempt *at)
{
    if (!datagram_leave(at)) {
        decision_undo(shim.board, &at->decision);
        return;
    }
    socket_set(at->socket, SOCKET_TWIN);
}

bool datagram_double(struct attempt *at)
{
    if (!is_receive(at))
        return true;
    board_arm_all(shim.board);
    if (at->flags & MSG_PEEK) { /* later: this one takes nothing */
        socket_set(at->socket, SOCKET_TWIN_DUE);
        return true;
    }
    leave_for_twin(at);
    return false;
}

void datagram_double_after(struct attempt *at)
{
    struct attempt again = *at;
    if (is_receive(at))
        return;
    if (at->result < 0)
        decision_undo(shim.board, &at->decision);
    else
        message_transfer(&again, MSG_DONTWAIT | MSG_NOSIGNAL, SIZE_MAX);
}

bool datagram_is_settled(const struct attempt *at)
{
    return at->socket->type == SOCK_DGRAM && socket_has(at->socket, SOCKET_TWIN | SOCKET_LOOKED);
}

static size_t whole_length(int fd)
{
    char scrap;
    ssize_t len = next_recv(fd, &scrap, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    return len > 0 ? (size_t)len : 0;
}

bool datagram_settle(struct attempt *at)
{
    uint32_t bits = atomic_load(&at->socket->flip_bits);
    bool doubles = socket_has(at->socket, SOCKET_TWIN_DUE) && !socket_has(at->socket, SOCKET_TWIN);
    if (bits > 0) {
        at->whole = whole_length(at->fd);
        at->decision.recipe = RECIPE_FLIP;
        at->decision.draw = atomic_load(&at->socket->flip);
        at->decision.length = bits;
    }
    if (at->flags & MSG_PEEK)
        return overtaken_pass(at);
    socket_clear(at->socket, SOCKET_TWIN | SOCKET_LOOKED | SOCKET_TWIN_DUE);
    atomic_store(&at->socket->flip_bits, 0);
    if (!doubles)
        return overtaken_pass(at);
    leave_for_twin(at);
    return false;
}

/* What was decided at a MSG_PEEK holds for the receive that takes it. */
void datagram_remember(struct attempt *at)
{
    if (at->socket->type != SOCK_DGRAM || !(at->flags & MSG_PEEK) || at->result < 0)
        return;
    if (at->decision.rule >= 0 && at->decision.recipe == RECIPE_FLIP) {
        atomic_store(&at->socket->flip, at->decision.draw);
        atomic_store(&at->socket->flip_bits, (uint32_t)at->decision.length);
    }
    socket_set(at->socket, SOCKET_LOOKED);
    board_arm_all(shim.board);
}

/*
 * Bits of the whole datagram, each at most once, chosen by the draw: the same whoever receives how much of
 * it. Only `room` bytes are there to be changed.
 */
static void flip(const struct iovec *iov, size_t count, size_t len, size_t room, uint64_t choice,
                 uint64_t bits)
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
        if (byte >= room)
            continue;
        for (; part < count && byte >= iov[part].iov_len; part++)
            byte -= iov[part].iov_len;
        if (part < count)
            ((unsigned char *)iov[part].iov_base)[byte] ^= (unsigned char)(1 << bit % 8);
    }
}

/*
 * The program's own buffer is not to be written to: a damaged copy is sent. Where that would have to wait for
 * room it goes out undamaged: nobody may wait with a place claimed.
 */
static bool sends_flipped(struct attempt *at)
{
    struct board_held *copy = held_claim();
    size_t len = copy ? message_bytes(at, copy->bytes, sizeof copy->bytes) : 0;
    struct msghdr message;
    struct iovec one, damaged = {copy ? copy->bytes : NULL, len};
    bool can = len > 0 && len <= sizeof copy->bytes && message_of(at, &message, &one);
    if (can) {
        flip(&damaged, 1, len, len, at->decision.draw, at->decision.length);
        message.msg_iov = &damaged;
        message.msg_iovlen = 1;
        message_send(at, &message, MSG_DONTWAIT);
    }
    held_free(copy);
    if (can && (at->err != EAGAIN || !facts_may_wait(at)))
        return false;
    at->result = at->err = 0;
    decision_undo(shim.board, &at->decision);
    return true;
}

bool datagram_flip(struct attempt *at)
{
    if (!is_receive(at))
        return sends_flipped(at);
    at->whole = whole_length(at->fd);
    return overtaken_pass(at);
}

void datagram_flip_after(struct attempt *at)
{
    struct msghdr message;
    struct iovec one;
    if (!is_receive(at))
        return;
    size_t got = at->messages && at->result > 0 ? at->messages[0].msg_len : (size_t)at->result, room = 0;
    if (at->result <= 0 || got == 0 || !message_of(at, &message, &one)) {
        decision_undo(shim.board, &at->decision);
        return;
    }
    for (size_t i = 0; i < message.msg_iovlen; i++)
        room += message.msg_iov[i].iov_len;
    flip(message.msg_iov, message.msg_iovlen, at->whole, got < room ? got : room, at->decision.draw,
         at->decision.length);
}

bool datagram_truncate(struct attempt *at)
{
    message_transfer(at, 0, (size_t)at->decision.length);
    return false;
}
