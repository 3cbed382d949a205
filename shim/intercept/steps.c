#include "shim/intercept/steps.h"
#include "shim/act/aftermath.h"
#include "shim/act/ahead.h"
#include "shim/act/recipes.h"
#include "shim/know/sockets.h"
#include "shim/know/thread.h"
#include "shim/know/track.h"
#include "shim/state.h"
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

bool attempt_begin(struct attempt *at)
{
    int cancellation = hold_cancellation();
    at->began_ns = now_ns();
    at->borrowed = touches_descriptors(at) && state_is_borrowed();
    at->socket = socket_of(at->fd);
    attempt_measure(at);
    /* A datagram socket or one end of a pair becomes a connection when it is first used as one. */
    if (at->socket && (at->info->family == FAMILY_RECEIVE || at->info->family == FAMILY_SEND))
        socket_number(at->socket);
    if (at->info->traits & BLOCKS) {
        thread_enters(at);
        track_before(at);
    }
    bool go = true;
    if (attempt_decide(at)) {
        if (at->decision.delay_ns > 0)
            stall(at->decision.delay_ns);
        go = aftermath_before(at) && recipe_before(at);
        state_ring();
    } else {
        go = aftermath_before(at);
    }
    pthread_setcancelstate(cancellation, NULL);
    errno = at->errno_before;
    return go;
}

/* accept has a connection: take it in, and decide what became of it while it was queued. Delays were had
 * before. */
static void decide_accepted(struct attempt *at)
{
    struct decision before = at->decision;
    at->accepted = socket_made((int)at->result);
    if (!at->accepted)
        return;
    socket_number(at->accepted);
    at->target = at->accepted->peer;
    if (!attempt_decide(at) || at->decision.rule < 0) {
        at->decision = before;
        return;
    }
    at->decision.delay_ns = before.delay_ns;
    at->decision.delay_rule = before.delay_rule;
}

intptr_t attempt_end(struct attempt *at)
{
    int cancellation = hold_cancellation();
    if (at->info->family == FAMILY_ACCEPT && !attempt_failed(at) && !at->borrowed)
        decide_accepted(at);
    recipe_after(at);
    aftermath_after(at);
    if (at->info->family == FAMILY_WAIT)
        ahead_of_telling(at);
    track_after(at);
    if (at->call != CALL_fork || at->result != 0) { /* in the child it returns once more */
        atomic_fetch_add_explicit(&shim.board->roles[shim.role].calls[at->call], 1, memory_order_relaxed);
        trace_call(at);
    }
    if (at->info->traits & BLOCKS)
        thread_leaves();
    pthread_setcancelstate(cancellation, NULL);
    errno = at->err ? at->err : at->errno_before;
    return at->result;
}
