#include "shim/act/recipes.h"
#include "shim/act/aftermath.h"
#include "shim/act/connection.h"
#include "shim/act/datagrams.h"
#include "shim/act/lookup.h"
#include "shim/act/overtaken.h"
#include "shim/act/rearm.h"
#include "shim/act/silence.h"
#include "shim/act/wake.h"
#include "shim/intercept/next.h"
#include "shim/know/channels.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

static bool is_sending(const struct attempt *at)
{
    return at->info->family == FAMILY_SEND;
}

/* poll(2) clears revents also when it fails; select(2) and epoll_wait(2) leave theirs alone. */
static bool fails(struct attempt *at)
{
    for (size_t i = 0; at->polled && i < at->polled_count; i++)
        at->polled[i].revents = 0;
    attempt_fail(at, at->decision.err);
    return false;
}

static bool fails_and_rearms(struct attempt *at)
{
    rearm(at->socket, at->fd, is_sending(at));
    return fails(at);
}

/*
 * The timeout goes by with nothing happening; what is there all the same has come since. (An AF_UNIX connect
 * is not told when there is room again.)
 */
static bool times_out(struct attempt *at)
{
    stall(facts_timeout_ns(at));
    return at->info->family == FAMILY_CONNECT ? fails(at) : fails_and_rearms(at);
}

/* Copies as many buffers as the shorter length needs; where there are too many, it becomes shorter still. */
static void cut_vector(struct attempt *at, const struct iovec *iov, size_t count)
{
    size_t left = at->length, used = 0;
    at->length = 0;
    for (; used < count && used < ATTEMPT_IOVECS && left > 0; used++) {
        at->cut[used] = iov[used];
        if (at->cut[used].iov_len > left)
            at->cut[used].iov_len = left;
        left -= at->cut[used].iov_len;
        at->length += at->cut[used].iov_len;
    }
    at->iovcnt = (int)used;
}

static bool cuts(struct attempt *at)
{
    uint64_t length = at->decision.length;
    if (at->socket && at->info->family == FAMILY_RECEIVE && length < atomic_load(&at->socket->promised))
        length = atomic_load(&at->socket->promised); /* the program knows that they are there */
    length = channel_boundary(at, length);
    at->length = length < at->asked ? length : at->asked;
    at->cuts = true;
    if (at->message) {
        at->cut_message = *at->message;
        cut_vector(at, at->message->msg_iov, at->message->msg_iovlen);
        at->cut_message.msg_iov = at->cut;
        at->cut_message.msg_iovlen = (size_t)at->iovcnt;
    } else if (at->iov) {
        cut_vector(at, at->iov, (size_t)at->iovcnt);
    }
    return true;
}

/* MSG_WAITALL waits for the rest until its timeout is over. */
static bool cuts_late(struct attempt *at)
{
    stall(facts_timeout_ns(at));
    at->decision.recipe = RECIPE_CUT;
    return cuts(at);
}

/* Whether the program really got less than there was: a receive that finds the end, or just so much, lost
 * nothing. */
static bool was_cut(const struct attempt *at)
{
    if (at->err || at->result <= 0 || (size_t)at->result < at->length)
        return false;
    int left = facts_readable(at->fd);
    return at->info->family != FAMILY_RECEIVE || left > (at->flags & MSG_PEEK ? (int)at->result : 0);
}

/* recvmsg tells more than its result in the header: hand that back. After an error nothing was written there.
 */
static void uncut(struct attempt *at)
{
    if (!was_cut(at))
        decision_undo(shim.board, &at->decision);
    if (at->err)
        return;
    if (at->message && at->info->family == FAMILY_RECEIVE) {
        at->message->msg_namelen = at->cut_message.msg_namelen;
        at->message->msg_controllen = at->cut_message.msg_controllen;
        at->message->msg_flags = at->cut_message.msg_flags;
    }
    rearm(at->socket, at->fd, is_sending(at));
}

static bool takes_fewer(struct attempt *at)
{
    at->length = at->decision.length < at->message_count ? at->decision.length : at->message_count;
    at->cuts = true;
    return true;
}

/* Whether there is another message that the program did not get, or send. */
static bool were_fewer(const struct attempt *at)
{
    struct pollfd now = {.fd = at->fd, .events = POLLIN};
    if (at->err || (size_t)at->result < at->length)
        return false;
    return is_sending(at) || (next_poll(&now, 1, 0) > 0 && now.revents & POLLIN);
}

static void took_fewer(struct attempt *at)
{
    if (!were_fewer(at))
        decision_undo(shim.board, &at->decision);
    if (!at->err)
        rearm(at->socket, at->fd, is_sending(at));
}

/* Data that the program knows of is read before anything else happens, as the kernel has it. */
static bool waits_for_data(struct attempt *at)
{
    if (!at->socket || at->info->family != FAMILY_RECEIVE || !facts_told(at) || facts_readable(at->fd) <= 0)
        return false;
    aftermath_doom(at, at->decision.recipe, at->decision.err, at->decision.eof_full);
    return true;
}

static bool kills_tcp(struct attempt *at)
{
    if (!waits_for_data(at))
        connection_kill(at->socket, at->fd, at->decision.err);
    return true;
}

static bool breaks_tcp_pipe(struct attempt *at)
{
    connection_pipe(at->socket, at->fd);
    return true;
}

static bool ends_tcp(struct attempt *at)
{
    if (waits_for_data(at))
        return true;
    connection_eof(at->socket, at->fd, at->decision.eof_full);
    return at->info->family == FAMILY_RECEIVE && !at->ahead ? connection_reads_end(at) : true;
}

/* A seqpacket socket tells the error first: what the program knows of stays for later. */
static bool kills_local(struct attempt *at)
{
    bool stream = at->socket->type == SOCK_STREAM;
    if (stream && waits_for_data(at))
        return true;
    if (!stream && facts_told(at))
        next_shutdown(at->fd, SHUT_RDWR);
    else
        connection_end_local(at->socket, at->fd, SHUT_RDWR);
    return fails(at);
}

static bool breaks_local_pipe(struct attempt *at)
{
    connection_end_local(at->socket, at->fd, SHUT_RDWR);
    return true;
}

static bool ends_local(struct attempt *at)
{
    if (!waits_for_data(at))
        connection_end_local(at->socket, at->fd, at->decision.eof_full ? SHUT_RDWR : SHUT_RD);
    return true;
}

/* The kernel disconnects an AF_UNIX datagram socket whose peer is gone, when a send finds out. */
static bool loses_local_peer(struct attempt *at)
{
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    if (!at->addr)
        next_connect(at->fd, &unspecified, sizeof unspecified);
    return fails_and_rearms(at); /* the message was made, and is thrown away: that is an edge */
}

/* Where the kernel cannot be brought to it, a call gives the error all the same; a wait would have to tell of
 * it. */
static bool refuses_udp(struct attempt *at)
{
    if (connection_refuse(at->socket, at->fd, at->decision.err))
        return true;
    if (!at->ahead)
        return fails(at);
    decision_undo(shim.board, &at->decision);
    return true;
}

static socklen_t set_loopback(struct sockaddr_storage *name, int domain)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (domain == AF_INET6)
        memcpy(name, &in6, sizeof in6);
    else
        memcpy(name, &in, sizeof in);
    return domain == AF_INET6 ? sizeof in6 : sizeof in;
}

/* The address that a connection to there would have here; loopback where there is no way. */
static socklen_t own_address(const struct attempt *at, struct sockaddr_storage *ret)
{
    socklen_t len = sizeof *ret;
    int probe = next_socket(at->socket->domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool known = probe >= 0 && at->addr && next_connect(probe, at->addr, at->addrlen) == 0 &&
                 next_getsockname(probe, (struct sockaddr *)ret, &len) == 0;
    if (probe >= 0)
        next_close(probe);
    return known ? len : set_loopback(ret, at->socket->domain);
}

/* Port 0 refuses always: no closed port need be found. At its own address, so that getsockname tells it. */
static int connect_to_nowhere(const struct attempt *at)
{
    struct sockaddr_storage name;
    socklen_t len = own_address(at, &name);
    if (name.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&name)->sin6_port = 0;
    else
        ((struct sockaddr_in *)&name)->sin_port = 0;
    return next_connect(at->fd, (struct sockaddr *)&name, len);
}

static bool fails_to_connect(struct attempt *at)
{
    int err = at->decision.err;
    attempt_returned(at, connect_to_nowhere(at));
    if (at->err == EINPROGRESS) { /* the error comes out later, at whichever call asks first */
        atomic_store(&at->socket->translate_to, err);
        socket_set(at->socket, SOCKET_TRANSLATE);
        board_arm_all(shim.board);
    } else if (at->err == ECONNREFUSED) {
        at->err = err;
    }
    return false;
}

static bool interrupts_connect(struct attempt *at)
{
    int flags = next_fcntl(at->fd, F_GETFL, NULL);
    next_fcntl(at->fd, F_SETFL, (void *)(intptr_t)(flags | O_NONBLOCK));
    attempt_returned(at, next_connect(at->fd, at->addr, at->addrlen));
    next_fcntl(at->fd, F_SETFL, (void *)(intptr_t)flags);
    if (at->err == EINPROGRESS || at->result == 0)
        attempt_fail(at, at->decision.err);
    return false;
}

/* The SYN was sent at once; that nothing came of it in time cannot be told from one that is sent late. */
static bool connects_late(struct attempt *at)
{
    stall(facts_timeout_ns(at));
    return interrupts_connect(at);
}

/* accept succeeds, and the connection is dead already: what Linux does when a queued client resets. */
static void accepts_dead(struct attempt *at)
{
    if (at->accepted)
        connection_kill(at->accepted, (int)at->result, at->decision.err);
}

static void accepts_and_drops(struct attempt *at)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (attempt_failed(at))
        return;
    next_setsockopt((int)at->result, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    next_close((int)at->result);
    attempt_fail(at, at->decision.err);
}

static void closes_first(struct attempt *at)
{
    if (!attempt_failed(at))
        attempt_fail(at, at->decision.err);
}

static bool goes_on(struct attempt *at)
{
    (void)at;
    return true;
}

static const struct {
    bool (*before)(struct attempt *at);
    void (*after)(struct attempt *at);
} recipes[RECIPE_COUNT] = {
    [RECIPE_NONE] = {goes_on, NULL},
    [RECIPE_PLAIN] = {fails, NULL},
    [RECIPE_REARM] = {fails_and_rearms, NULL},
    [RECIPE_STALL] = {times_out, NULL},
    [RECIPE_CUT] = {cuts, uncut},
    [RECIPE_FEWER] = {takes_fewer, took_fewer},
    [RECIPE_CUT_LATE] = {cuts_late, NULL}, /* it goes on as CUT */
    [RECIPE_TCP_KILL] = {kills_tcp, NULL},
    [RECIPE_TCP_PIPE] = {breaks_tcp_pipe, NULL},
    [RECIPE_TCP_EOF] = {ends_tcp, NULL},
    [RECIPE_LOCAL_KILL] = {kills_local, NULL},
    [RECIPE_LOCAL_PIPE] = {breaks_local_pipe, NULL},
    [RECIPE_LOCAL_EOF] = {ends_local, NULL},
    [RECIPE_LOCAL_GONE] = {loses_local_peer, NULL},
    [RECIPE_UDP_REFUSE] = {refuses_udp, NULL},
    [RECIPE_CONNECT_FAIL] = {fails_to_connect, NULL},
    [RECIPE_CONNECT_INTERRUPT] = {interrupts_connect, NULL},
    [RECIPE_CONNECT_STALL] = {connects_late, NULL},
    [RECIPE_ACCEPT_DEAD] = {goes_on, accepts_dead},
    [RECIPE_ACCEPT_DROP] = {goes_on, accepts_and_drops},
    [RECIPE_CLOSE_FIRST] = {goes_on, closes_first},
    [RECIPE_DELAY] = {goes_on, NULL},
    [RECIPE_SILENCE] = {falls_silent, NULL},
    [RECIPE_SILENCE_NOW] = {falls_silent_now, NULL},
    [RECIPE_LOSE] = {datagram_lose, NULL},
    [RECIPE_TWICE] = {datagram_double, datagram_double_after},
    [RECIPE_HOLD] = {overtaken_hold, NULL},
    [RECIPE_FLIP] = {datagram_flip, datagram_flip_after},
    [RECIPE_TRUNCATE] = {datagram_truncate, NULL},
    [RECIPE_WAKE] = {wakes_for_nothing, NULL},
    [RECIPE_RESOLVE_FAIL] = {fails_to_resolve, NULL},
};

bool recipe_before(struct attempt *at)
{
    return recipes[at->decision.recipe].before(at);
}

void recipe_after(struct attempt *at)
{
    if (recipes[at->decision.recipe].after)
        recipes[at->decision.recipe].after(at);
}
