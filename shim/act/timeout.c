#include "shim/act/timeout.h"
#include "shim/know/facts.h"
#include "shim/state.h"

#include <errno.h>
#include <string.h>

/* Somebody looks at who sleeps until when; else asking for it were for nothing. */
static bool is_looked_at(void)
{
    return atomic_load_explicit(&shim.board->flags, memory_order_relaxed) & (BOARD_WATCHED | BOARD_VIRTUAL);
}

int64_t timeout_of_socket(const struct attempt *at)
{
    int64_t timeout_ns = at->socket && is_looked_at() ? facts_timeout_ns(at) : 0;
    return timeout_ns > 0 ? ns_after(now_ns(), timeout_ns) : BOARD_NEVER;
}

void timeout_begin(struct attempt *at)
{
    if (at->info->family == FAMILY_RESOLVE || !is_looked_at())
        return; /* what libc waits for inside a lookup is not seen */
    if (at->info->family != FAMILY_WAIT)
        at->deadline_ns = timeout_of_socket(at);
    else if (at->timeout_ns >= 0)
        at->deadline_ns = ns_after(now_ns(), at->timeout_ns);
    wait_begin(&at->wait, at->deadline_ns);
}

/* poll(2), select(2) and epoll_wait(2) tell of nothing then. */
static void tell_nothing(struct attempt *at)
{
    size_t bytes = (((size_t)at->selected + NFDBITS - 1) / NFDBITS) * sizeof(fd_mask);
    for (size_t i = 0; at->polled && i < at->polled_count; i++)
        at->polled[i].revents = 0;
    for (int i = 0; i < 3; i++)
        if (at->sets[i])
            memset(at->sets[i], 0, bytes);
    attempt_returned(at, 0);
}

/* select tells what is left of its timeout; the kernel knows nothing of time that was left out. */
static void tell_left(const struct attempt *at)
{
    if (!at->left_over || at->deadline_ns == BOARD_NEVER || !shim.is_virtual)
        return;
    int64_t left = at->deadline_ns - now_ns();
    left = left > 0 ? left : 0;
    *at->left_over = (struct timeval){left / 1000000000, left % 1000000000 / 1000};
}

void timeout_end(struct attempt *at)
{
    if (!at->wait.begun)
        return;
    bool is_up = wait_end(&at->wait);
    if (is_up && attempt_failed(at) && at->err == EINTR) {
        if (at->info->family == FAMILY_WAIT)
            tell_nothing(at);
        else
            attempt_fail(at, at->info->family == FAMILY_CONNECT ? EINPROGRESS : EAGAIN);
    }
    tell_left(at);
}
