#include "harness/cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* The signal that asked for the end, or 0. A handler has nowhere else to put it. */
static volatile sig_atomic_t stopped_by;

static void stop(int signal)
{
    stopped_by = signal;
}

static void catch_unless_ignored(int signal, const struct sigaction *action)
{
    struct sigaction old;
    if (sigaction(signal, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(signal, action, NULL);
}

const volatile int *interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    catch_unless_ignored(SIGINT, &action);
    catch_unless_ignored(SIGHUP, &action);
    return &stopped_by;
}
