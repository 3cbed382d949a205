#include "shim/know/handlers.h"
#include "shim/coverage.h"

#include <signal.h>

/* Handlers for these come from crashes, not from somebody who interrupts a wait. */
static bool is_synchronous(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP ||
           sig == SIGABRT || sig == SIGSYS;
}

bool handlers_interrupt(const struct attempt *at, bool without_restart)
{
    sigset_t blocked;
    if (at->mask)
        blocked = *at->mask;
    else if (pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0)
        return false;
    for (int sig = 1; sig < NSIG; sig++) {
        struct sigaction action;
        if (is_synchronous(sig) || sigismember(&blocked, sig) == 1 || sigaction(sig, NULL, &action) < 0)
            continue;
        if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN ||
            coverage_handles(action.sa_handler))
            continue;
        if (!without_restart || !(action.sa_flags & SA_RESTART))
            return true;
    }
    return false;
}
