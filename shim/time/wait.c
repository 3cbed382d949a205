#include "shim/time/wait.h"
#include "shim/coverage.h"
#include "shim/know/thread.h"
#include "shim/state.h"
#include "shim/time/signal.h"

#include <errno.h>

/* What glibc had there: setuid(2) in programs with threads. */
static _Atomic(uintptr_t) glibc_handler;

/* Initial-exec: as in know/thread.c. `patience`: how often the thread gives way still. */
static __thread struct waiter waiter __attribute__((tls_model("initial-exec")));
static __thread uint32_t patience __attribute__((tls_model("initial-exec")));

static void on_signal(int number, siginfo_t *info, void *context)
{
    time_signal_handler *other = (time_signal_handler *)atomic_load(&glibc_handler);
    struct board_thread *thread = thread_known();
    if (info->si_code == SI_QUEUE && info->si_value.sival_int == TIME_SIGNAL_COVERAGE)
        coverage_write();
    else if (info->si_code == SI_QUEUE && thread)
        wait_kicked(&waiter, thread, (uint32_t)info->si_value.sival_int);
    else if (info->si_code != SI_QUEUE && other)
        other(number, info, context);
}

void wait_prepare(void)
{
    time_signal_handler *before = time_signal_handle(on_signal);
    if (before)
        atomic_store(&glibc_handler, (uintptr_t)before);
}

/*
 * A kick comes within microseconds of being announced. It never does where glibc has made a thread of its own
 * (aio) and with it installed its handler, or where the queue of signals is full (RLIMIT_SIGPENDING).
 */
static int give_way_for_kick(void)
{
    if (patience-- > 0)
        return time_signal_let_in();
    patience = 0;
    wait_prepare();
    return -1;
}

enum { PATIENCE = 1 << 20 }; /* a few tenths of a second at the least */

void wait_begin(struct wait *wait, int64_t deadline_ns)
{
    uint32_t flags = shim.board ? atomic_load_explicit(&shim.board->flags, memory_order_relaxed) : 0;
    struct board_thread *thread = flags & (BOARD_WATCHED | BOARD_VIRTUAL) ? thread_slot() : NULL;
    wait->begun = thread != NULL;
    patience = PATIENCE;
    if (thread)
        wait_publish(wait, &waiter, thread, deadline_ns, give_way_for_kick);
}

bool wait_end(struct wait *wait)
{
    int saved = errno;
    struct board_thread *thread = wait->begun ? thread_slot() : NULL; /* NULL: a child without room, too */
    patience = PATIENCE;
    bool is_up = thread && wait_retract(wait, &waiter, thread, give_way_for_kick);
    errno = saved;
    return is_up;
}
