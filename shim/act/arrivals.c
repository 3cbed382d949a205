#include "shim/act/arrivals.h"
#include "shim/act/datagrams.h"
#include "shim/act/each.h"
#include "shim/act/overtaken.h"
#include "shim/act/recipes.h"
#include "shim/act/timeout.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <pthread.h>

/* read and readv of nothing take no datagram; the others do. */
static bool takes_something(const struct attempt *at)
{
    if (at->flags & (MSG_OOB | MSG_ERRQUEUE))
        return false;
    return at->asked > 0 || at->messages ||
           (at->socket->type == SOCK_DGRAM && at->call != CALL_read && at->call != CALL_readv);
}

bool arrivals_matter(const struct attempt *at)
{
    uint64_t word = atomic_load_explicit(&shim.board->looks[at->call / 64], memory_order_relaxed);
    bool looks = word >> (at->call % 64) & 1;
    if (!at->socket || (at->messages && at->message_count == 0))
        return false;
    if (at->info->family != FAMILY_RECEIVE)
        return looks && at->call == CALL_sendmmsg;
    return takes_something(at) &&
           (looks || atomic_load_explicit(&at->socket->held, memory_order_relaxed) > 0 ||
            datagram_is_settled(at));
}

/*
 * Waits until something is there, as this receive would: it blocks where that would, for as long, and ends
 * with the same errors; a thread may be cancelled meanwhile. What is left of SO_RCVTIMEO in later rounds is
 * had by poll.
 */
static bool look(struct attempt *at, int64_t deadline_ns)
{
    char scrap;
    int flags = MSG_PEEK | (at->flags & MSG_DONTWAIT);
    pthread_setcancelstate(at->cancellation, NULL);
    at->deadline_ns = deadline_ns > 0 ? deadline_ns : timeout_of_socket(at);
    wait_begin(&at->wait, at->deadline_ns);
    if (deadline_ns > 0) {
        int64_t left = deadline_ns - now_ns();
        struct pollfd readable = {.fd = at->fd, .events = POLLIN};
        if (next_poll(&readable, 1, left > 0 ? (int)((left + 999999) / 1000000) : 0) < 0)
            attempt_returned(at, -1);
        flags |= MSG_DONTWAIT;
    }
    if (!at->err)
        attempt_returned(at, next_recv(at->fd, &scrap, 1, flags));
    timeout_end(at);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    return at->result >= 0;
}

/* Until when the second and later looks may wait; 0: as long as it takes. */
static int64_t deadline_of(const struct attempt *at)
{
    int64_t timeout_ns = at->socket->type == SOCK_DGRAM ? facts_timeout_ns(at) : 0;
    return timeout_ns > 0 ? now_ns() + timeout_ns : 0;
}

/* A connection of bytes gives no more than was looked at, so that nothing slips by between. */
static void keep_to_what_was_seen(struct attempt *at)
{
    int there = at->socket->type == SOCK_STREAM ? facts_readable(at->fd) : 0;
    if (there > 0 && (size_t)there < at->asked && at->decision.rule < 0 && !at->decision.boundary &&
        !(at->flags & MSG_WAITALL)) {
        at->decision.recipe = RECIPE_CUT;
        at->decision.length = (uint64_t)there;
    }
}

/* What was looked at is decided about, unless it was before. Whether the real call is to be made. */
static bool meet(struct attempt *at)
{
    at->again = false;
    if (datagram_is_settled(at))
        return datagram_settle(at);
    at->arrived = true;
    bool fires = attempt_decide_more(at), go;
    at->was_ahead = false; /* of what comes next, nothing was decided */
    if (!fires)
        keep_to_what_was_seen(at);
    go = fires || at->decision.recipe == RECIPE_CUT ? recipe_before(at) : overtaken_pass(at);
    if (!at->again)
        datagram_remember(at);
    return go;
}

bool arrivals_one(struct attempt *at)
{
    int64_t deadline_ns = 0, later_ns = deadline_of(at);
    for (;; deadline_ns = later_ns) {
        if (overtaken_deliver(at) || !look(at, deadline_ns))
            return false;
        bool go = meet(at);
        if (!at->again)
            return go;
    }
}

bool arrivals_before(struct attempt *at)
{
    if (at->info->family == FAMILY_SEND)
        each_sent(at);
    else if (at->messages && at->socket->type == SOCK_DGRAM)
        each_received(at);
    else
        return arrivals_one(at);
    return false;
}
