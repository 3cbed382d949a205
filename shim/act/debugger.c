#include "shim/act/debugger.h"
#include "shim/intercept/next.h"
#include "shim/know/thread.h"
#include "shim/state.h"

#include <sys/prctl.h>

enum { PATIENCE_MS = 5 };

static bool is_held(const struct attempt *at)
{
    int rule = (int)atomic_load(&shim.board->hold) - 1;
    return rule >= 0 && (at->decision.rule == rule || at->decision.delay_rule == rule);
}

void debugger_await(const struct attempt *at)
{
    if (!is_held(at))
        return;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* Yama lets parents alone do it otherwise */
    atomic_store(&shim.board->held_site, at->site);
    atomic_store(&shim.board->held_tid, thread_id());
    atomic_store(&shim.board->held_pid, shim.pid);
    state_ring();
    while (atomic_load(&shim.board->hold) != 0)
        next_poll(NULL, 0, PATIENCE_MS);
}
