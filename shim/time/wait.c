#include "shim/time/wait.h"
#include "shim/clock.h"
#include "shim/know/thread.h"
#include "shim/state.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's own struct sigaction: glibc's function refuses this signal. */
struct kernel_action {
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

/* By which glibc cancels a thread. It must not leave our handler in the middle: a kick would not be counted.
 */
enum { CANCEL_SIGNAL = 32 };

/* What glibc had there: setuid(2) in programs with threads. */
static _Atomic(uintptr_t) glibc_handler;

/* The wait whose kicks are counted, and what they are numbered by. Initial-exec: as in know/thread.c. */
static __thread uint32_t expected __attribute__((tls_model("initial-exec")));
static __thread uint32_t numbers __attribute__((tls_model("initial-exec")));

static void on_signal(int number, siginfo_t *info, void *context)
{
    void (*other)(int, siginfo_t *, void *) = (void (*)(int, siginfo_t *, void *))atomic_load(&glibc_handler);
    struct board_thread *thread = thread_known();
    if (info->si_code == SI_QUEUE && thread && (uint32_t)info->si_value.sival_int == expected)
        atomic_fetch_add(&thread->arrived, 1);
    else if (info->si_code != SI_QUEUE && other != (void *)SIG_DFL && other != (void *)SIG_IGN)
        other(number, info, context);
}

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

void wait_prepare(void)
{
    struct kernel_action ours = {on_signal, SA_SIGINFO | SA_RESTART | SA_ONSTACK | RESTORER, restore,
                                 UINT64_C(1) << (CANCEL_SIGNAL - 1)};
    struct kernel_action before;
    int saved = errno;
    if (syscall(SYS_rt_sigaction, TIME_SIGNAL, &ours, &before, NSIG / 8) == 0 && before.handler != on_signal)
        atomic_store(&glibc_handler, (uintptr_t)before.handler);
    errno = saved;
}

/*
 * A kick comes within microseconds of being announced. It never does where glibc has made a thread of its own
 * (aio, timers) and with it installed its handler, or where the queue of signals is full (RLIMIT_SIGPENDING).
 */
static void await_kicks(const struct board_thread *thread, uint32_t kicks)
{
    enum { LOST_AFTER_NS = 1000000000 };
    int64_t end_ns = 0;
    while (atomic_load(&thread->arrived) < kicks && (end_ns == 0 || real_ns() < end_ns)) {
        if (end_ns == 0)
            end_ns = real_ns() + LOST_AFTER_NS;
        sched_yield();
    }
    if (atomic_load(&thread->arrived) < kicks)
        wait_prepare();
}

/* No more are announced from now on, and those that were come in; none is to meet what the thread does next.
 * Returns the word as it was. */
static uint64_t leave(struct board_thread *thread)
{
    uint64_t word = atomic_exchange(&thread->wait, 0);
    if (word != 0)
        await_kicks(thread, BOARD_WAIT_KICKS(word));
    return word;
}

static void enter(struct board_thread *thread, uint64_t word, int64_t deadline_ns)
{
    expected = (uint32_t)BOARD_WAIT_NUMBER(word);
    atomic_store(&thread->arrived, BOARD_WAIT_KICKS(word));
    atomic_store(&thread->deadline_ns, deadline_ns);
    atomic_store(&thread->wait, word);
}

void wait_begin(struct wait *wait, int64_t deadline_ns)
{
    uint32_t flags = shim.board ? atomic_load_explicit(&shim.board->flags, memory_order_relaxed) : 0;
    struct board_thread *thread = flags & (BOARD_WATCHED | BOARD_VIRTUAL) ? thread_slot() : NULL;
    *wait = (struct wait){.begun = thread != NULL};
    if (!thread)
        return;
    wait->outer_deadline_ns = atomic_load(&thread->deadline_ns);
    wait->outer = leave(thread);
    enter(thread, BOARD_WAIT(++numbers, 0), deadline_ns);
}

bool wait_end(struct wait *wait)
{
    int saved = errno;
    if (!wait->begun)
        return false;
    struct board_thread *thread = thread_slot();
    uint32_t kicks = BOARD_WAIT_KICKS(leave(thread));
    if (wait->outer)
        enter(thread, wait->outer, wait->outer_deadline_ns);
    wait->begun = false;
    errno = saved;
    return kicks > 0;
}
