/* Interrupting a call that waits, for real: again and again, since one signal could come before the call. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_INTERRUPT_H
#define SOCKFAULT_TESTS_CONFORMANCE_INTERRUPT_H

#include "tests/conformance/twin.h"

#include <sys/prctl.h>
#include <sys/time.h>

enum { INTERRUPT_US = 20000 };

static void interrupt_nothing(int sig)
{
    (void)sig;
}

/* By a handler without SA_RESTART, which is there in the injected run, too. */
__attribute__((unused)) static void interrupt_by_handler(const struct twin_run *run, bool on)
{
    bool fires = on && run->real;
    struct itimerval timer = {.it_interval.tv_usec = fires ? INTERRUPT_US : 0,
                              .it_value.tv_usec = fires ? INTERRUPT_US : 0};
    struct sigaction action = {.sa_handler = interrupt_nothing};
    MUST(sigaction(SIGALRM, &action, NULL));
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

/* In a child: stops its parent and lets it go on. */
__attribute__((noreturn, unused)) static void interrupt_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == parent) {
        usleep(INTERRUPT_US);
        kill(parent, SIGSTOP);
        kill(parent, SIGCONT);
    }
    _exit(0);
}

/* By stopping and continuing the process; without any handler. The child is ended by `on` false. */
__attribute__((unused)) static void interrupt_by_stopping(const struct twin_run *run, bool on)
{
    static pid_t child;
    pid_t self = getpid();
    if (!run->real)
        return;
    if (on) {
        fflush(stdout);
        MUST(child = fork());
        if (child == 0)
            interrupt_parent(self);
    } else {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

#endif
