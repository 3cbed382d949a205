#include "shim/act/each.h"
#include "shim/act/arrivals.h"
#include "shim/act/overtaken.h"
#include "shim/act/recipes.h"
#include "shim/act/timeout.h"
#include "shim/intercept/message.h"
#include "shim/state.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

/* The i-th message as a call of its own. */
static struct attempt part_of(const struct attempt *at, unsigned int i)
{
    struct attempt one = *at;
    one.messages = &at->messages[i];
    one.message_count = 1;
    one.flags &= ~MSG_WAITFORONE;
    if (i > 0) {
        one.decision = (struct decision){.rule = -1, .delay_rule = -1};
        one.was_ahead = false;
        if (at->flags & MSG_WAITFORONE)
            one.flags |= MSG_DONTWAIT;
    }
    attempt_measure(&one);
    return one;
}

/* A thread may be cancelled while the message is waited for. */
static void transfer(struct attempt *one)
{
    pthread_setcancelstate(one->cancellation, NULL);
    timeout_begin(one);
    message_transfer(one, 0, SIZE_MAX);
    timeout_end(one);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

/* The trace has one line for the call: it tells of the last fault in it. */
static bool take_over(struct attempt *at, const struct attempt *one, unsigned int i)
{
    if (one->decision.rule >= 0 || i == 0)
        at->decision = one->decision;
    at->each = true;
    at->result = one->result < 0 && i == 0 ? -1 : (intptr_t)i + (one->result >= 0);
    at->err = i == 0 ? one->err : 0;
    return one->result >= 0;
}

/* The timeout is looked at behind each message, and what is left of it is told. */
static bool is_over(struct attempt *at, int64_t end_ns)
{
    int64_t left = end_ns - now_ns();
    if (!at->limit)
        return false;
    if (left < 0)
        left = 0;
    *at->limit = (struct timespec){left / 1000000000, left % 1000000000};
    return left == 0;
}

void each_received(struct attempt *at)
{
    int64_t end_ns = at->limit ? now_ns() + at->limit->tv_sec * 1000000000LL + at->limit->tv_nsec : 0;
    for (unsigned int i = 0; i < at->message_count; i++) {
        struct attempt one = part_of(at, i);
        if (arrivals_one(&one))
            transfer(&one);
        recipe_after(&one);
        if (one.result >= 0 && !(at->flags & MSG_PEEK))
            atomic_store(&at->socket->promised, 0); /* what was looked at before is taken */
        if (!take_over(at, &one, i) || is_over(at, end_ns))
            return;
    }
}

void each_sent(struct attempt *at)
{
    for (unsigned int i = 0; i < at->message_count; i++) {
        struct attempt one = part_of(at, i);
        one.arrived = true;
        if (!attempt_decide_more(&one) || recipe_before(&one))
            transfer(&one);
        recipe_after(&one);
        overtaken_sent(&one);
        if (!take_over(at, &one, i))
            return;
    }
}
