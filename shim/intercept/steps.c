#include "shim/intercept/steps.h"
#include "shim/act/aftermath.h"
#include "shim/act/ahead.h"
#include "shim/act/arrivals.h"
#include "shim/act/recipes.h"
#include "shim/act/timeout.h"
#include "shim/act/wake.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/know/thread.h"
#include "shim/know/track.h"
#include "shim/state.h"
#include "shim/survey.h"
#include "shim/trace.h"

#include <errno.h>
#include <pthread.h>

/*
 * What we do around a call passes cancellation points (poll, connect, a sleep) where the call itself need not
 * be one, or has already received what would be lost: a thread is cancelled in the real call or not at all.
 */
static int hold_cancellation(void)
{
    int before = PTHREAD_CANCEL_ENABLE;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

/* Makes, copies, ends or registers descriptors: only there does a vfork child matter, and asking costs. */
static bool touches_descriptors(const struct attempt *at)
{
    enum call_family family = at->info->family;
    return family == FAMILY_ACCEPT || family == FAMILY_CREATE || family == FAMILY_END ||
           family == FAMILY_DUPLICATE || family == FAMILY_SETUP || at->info->traits & PASSES_FDS ||
           at->call == CALL_fcntl;
}

/* A socket becomes a connection when it is connected (an attempt counts, so that rules can speak of it), a
 * datagram socket or one end of a pair when it is first used as one. */
static bool makes_connection(const struct attempt *at)
{
    if (at->info->family == FAMILY_CONNECT)
        return at->target.family != AF_UNSPEC;
    return at->info->family == FAMILY_RECEIVE || at->info->family == FAMILY_SEND;
}

/* What was decided, and what came of it before. Whether the real call is to be made. */
static bool begin_decided(struct attempt *at)
{
    bool decided = false;
    if (!at->untouched) {
        survey_call(at);
        decided = attempt_decide(at);
    }
    if (at->decision.delay_ns > 0)
        stall(at->decision.delay_ns);
    bool go = aftermath_before(at) && recipe_before(at);
    if (go && !at->untouched && at->decision.rule < 0 && arrivals_matter(at))
        go = arrivals_before(at);
    if (go && at->info->family == FAMILY_WAIT)
        go = !wakes_again(at);
    if (decided || at->decision.rule >= 0)
        state_ring();
    return go;
}

static struct activity activity_of(const struct attempt *at)
{
    enum call_family family = at->info->family;
    return (struct activity){
        .call = (uint32_t)at->call + 1,
        .fd = at->fd,
        .connection = at->socket ? atomic_load(&at->socket->connection) : 0,
        .since_ns = at->began_ns,
        .asked = family == FAMILY_RECEIVE || family == FAMILY_SEND ? (int64_t)at->asked : -1,
        .site = at->site,
    };
}

bool attempt_begin(struct attempt *at)
{
    int cancellation = hold_cancellation();
    at->began_ns = now_ns();
    at->borrowed = touches_descriptors(at) && state_is_borrowed();
    at->socket = socket_of(at->fd);
    at->hopeless = !attempt_measure(at);
    if (at->socket && makes_connection(at))
        socket_number(at->socket);
    if (at->info->traits & BLOCKS) {
        struct activity now = activity_of(at);
        at->before = thread_enters(&now);
        track_before(at);
    }
    if (at->info->family == FAMILY_RECEIVE && socket_has(at->socket, SOCKET_DECIDED)) {
        at->was_ahead = true; /* for this one receive */
        if (at->socket->type != SOCK_DGRAM || !(at->flags & (MSG_PEEK | MSG_ERRQUEUE)))
            socket_clear(at->socket, SOCKET_DECIDED);
    }
    at->cancellation = cancellation;
    bool go = at->hopeless || begin_decided(at);
    if (at->info->family == FAMILY_WAIT && !at->hopeless)
        ahead_of_waiting(at);
    else if (go)
        ahead_of_counting(at);
    if (go && at->info->traits & BLOCKS)
        timeout_begin(at);
    pthread_setcancelstate(cancellation, NULL);
    errno = at->errno_before;
    return go;
}

/* accept has a connection: take it in, and decide what became of it while it was queued. */
static void decide_accepted(struct attempt *at)
{
    at->accepted = socket_made((int)at->result);
    if (!at->accepted)
        return;
    socket_number(at->accepted);
    at->target = at->accepted->peer;
    attempt_decide_more(at);
}

bool attempt_goes_on(struct attempt *at)
{
    timeout_end(at);
    if (at->info->family != FAMILY_WAIT || at->result <= 0)
        return false;
    int cancellation = hold_cancellation();
    bool goes_on = ahead_of_telling(at);
    wake_completes(at);
    if (goes_on)
        wait_begin(&at->wait, at->deadline_ns);
    pthread_setcancelstate(cancellation, NULL);
    return goes_on;
}

intptr_t attempt_end(struct attempt *at)
{
    int cancellation = hold_cancellation();
    timeout_end(at);
    if (at->info->family == FAMILY_ACCEPT && !attempt_failed(at) && !at->borrowed)
        decide_accepted(at);
    if (!at->each)
        recipe_after(at);
    aftermath_after(at);
    track_after(at);
    if (at->call != CALL_fork || at->result != 0) { /* in the child it returns once more */
        atomic_fetch_add_explicit(&shim.board->roles[shim.role].calls[at->call], 1, memory_order_relaxed);
        trace_call(at);
    }
    if (at->info->traits & BLOCKS)
        thread_leaves(&at->before);
    pthread_setcancelstate(cancellation, NULL);
    errno = at->err ? at->err : at->errno_before;
    return at->result;
}
