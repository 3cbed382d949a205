#include "shim/time/signal.h"
#include "shim/model/board.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's own struct sigaction: glibc's function refuses this signal. */
struct kernel_action {
    time_signal_handler *handler;
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

#ifdef __x86_64__
/* The kernel wants one there; glibc's is not to be had. */
__attribute__((naked)) static void restore(void)
{
    __asm__("mov $15, %eax\n\tsyscall"); /* rt_sigreturn */
}
enum { RESTORER = 0x04000000 }; /* SA_RESTORER */
#else
#define restore NULL
enum { RESTORER = 0 };
#endif

static bool is_function(time_signal_handler *handler)
{
    uintptr_t value = (uintptr_t)handler;
    return value != (uintptr_t)SIG_DFL && value != (uintptr_t)SIG_IGN;
}

time_signal_handler *time_signal_handle(time_signal_handler *handler)
{
    /* With nothing let in meanwhile. A signal that comes at the same time would have its handler begin on top
     * of ours, before ours has counted the kick, and a wait in it would wait for that; and glibc's own for
     * cancelling a thread (32) would leave ours in the middle. */
    struct kernel_action ours = {handler, SA_SIGINFO | SA_RESTART | SA_ONSTACK | RESTORER, restore,
                                 ~UINT64_C(0)};
    struct kernel_action before = {0};
    int saved = errno;
    long result = syscall(SYS_rt_sigaction, TIME_SIGNAL, &ours, &before, NSIG / 8);
    errno = saved;
    return result == 0 && before.handler != handler && is_function(before.handler) ? before.handler : NULL;
}

int time_signal_let_in(void)
{
    uint64_t set = UINT64_C(1) << (TIME_SIGNAL - 1);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, NSIG / 8);
    return sched_yield();
}
