#include "shim/act/arrivals.h"
#include "shim/act/datagrams.h"
#include "shim/act/recipes.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <pthread.h>

bool arrivals_matter(const struct attempt *at)
{
    uint64_t word = atomic_load_explicit(&shim.board->looks[at->call / 64], memory_order_relaxed);
    bool wanted = word >> (at->call % 64) & 1 ||
                  (at->socket && atomic_load_explicit(&at->socket->held, memory_order_relaxed) > 0);
    return wanted && at->socket && at->info->family == FAMILY_RECEIVE &&
           !(at->flags & (MSG_OOB | MSG_ERRQUEUE)) && (at->asked > 0 || at->messages);
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
    if (deadline_ns > 0) {
        int64_t left = deadline_ns - now_ns();
        struct pollfd readable = {.fd = at->fd, .events = POLLIN};
        if (next_poll(&readable, 1, left > 0 ? (int)((left + 999999) / 1000000) : 0) < 0)
            attempt_returned(at, -1);
        flags |= MSG_DONTWAIT;
    }
    if (!at->err)
        attempt_returned(at, next_recv(at->fd, &scrap, 1, flags));
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

bool arrivals_before(struct attempt *at)
{
    int64_t deadline_ns = 0, later_ns = deadline_of(at);
    for (;; deadline_ns = later_ns) {
        if (datagrams_deliver(at))
            return false;
        if (!look(at, deadline_ns))
            return false;
        if (socket_has(at->socket, SOCKET_TWIN) && !(at->flags & MSG_PEEK)) {
            socket_clear(at->socket, SOCKET_TWIN);
            return datagrams_pass(at);
        }
        at->arrived = true;
        bool fires = attempt_decide_more(at);
        at->was_ahead = false; /* of what comes next, nothing was decided */
        if (!fires) {
            keep_to_what_was_seen(at);
            return at->decision.recipe == RECIPE_CUT ? recipe_before(at) : datagrams_pass(at);
        }
        at->again = false;
        bool go = recipe_before(at);
        if (!at->again)
            return go;
    }
}
