#include "shim/time/signal.h"
#include "shim/model/board.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By which glibc cancels a thread. It must not leave our handler in the middle: a kick would not be counted.
 */
enum { CANCEL_SIGNAL = 32 };

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
    struct kernel_action ours = {handler, SA_SIGINFO | SA_RESTART | SA_ONSTACK | RESTORER, restore,
                                 UINT64_C(1) << (CANCEL_SIGNAL - 1)};
    struct kernel_action before = {0};
    int saved = errno;
    long result = syscall(SYS_rt_sigaction, TIME_SIGNAL, &ours, &before, NSIG / 8);
    errno = saved;
    return result == 0 && before.handler != handler && is_function(before.handler) ? before.handler : NULL;
}
