/*
 * Waits until a time that a signal ends with EINTR: for semaphores, and for signals. The kernel waits until
 * the real time that it would be. Woken for its time (wait_end), the call is made again, and finds that it is
 * over, or that what it waited for has come after all.
 */
#include "shim/clock.h"
#include "shim/intercept/wrappers.h"
#include "shim/know/thread.h"
#include "shim/state.h"
#include "shim/time/activity.h"
#include "shim/time/clocks.h"
#include "shim/time/next.h"
#include "shim/time/wait.h"

#include <errno.h>

#define SITE (uint64_t)(uintptr_t) __builtin_return_address(0)

static int wait_for_semaphore(sem_t *semaphore, clockid_t clock, const struct timespec *when,
                              enum timing_id id, uint64_t site)
{
    struct activity before = activity_begin(id, site);
    int64_t end_ns = clock_moment(clock, when);
    int saved = errno, result;
    bool again;
    do {
        struct timespec real = clock_real(clock, when);
        struct wait wait;
        wait_begin(&wait, end_ns);
        result = id == TIMING_sem_timedwait ? next_sem_timedwait(semaphore, &real)
                                            : next_sem_clockwait(semaphore, clock, &real);
        again = wait_end(&wait) && result < 0 && errno == EINTR;
    } while (again);
    thread_leaves(&before);
    if (result == 0)
        errno = saved;
    return result;
}

EXPORTED int wrap_sem_timedwait(sem_t *semaphore, const struct timespec *when) __asm__("sem_timedwait");
int wrap_sem_timedwait(sem_t *semaphore, const struct timespec *when)
{
    if (!shim.is_virtual || !is_time(when))
        return next_sem_timedwait(semaphore, when);
    return wait_for_semaphore(semaphore, CLOCK_REALTIME, when, TIMING_sem_timedwait, SITE);
}

EXPORTED int wrap_sem_clockwait(sem_t *semaphore, clockid_t clock,
                                const struct timespec *when) __asm__("sem_clockwait");
int wrap_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *when)
{
    bool ours = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
    if (!shim.is_virtual || !ours || !is_time(when))
        return next_sem_clockwait(semaphore, clock, when);
    return wait_for_semaphore(semaphore, clock, when, TIMING_sem_clockwait, SITE);
}

/* Without the signal that wakes us, which would be taken for what the program waits for. */
static sigset_t without_ours(const sigset_t *set)
{
    sigset_t rest = *set;
    rest.__val[0] &= ~(1UL << (TIME_SIGNAL - 1));
    return rest;
}

EXPORTED int wrap_sigtimedwait(const sigset_t *set, siginfo_t *info,
                               const struct timespec *time) __asm__("sigtimedwait");
int wrap_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *time)
{
    if (!shim.is_virtual || !time || !is_time(time))
        return next_sigtimedwait(set, info, time);
    struct activity before = activity_begin(TIMING_sigtimedwait, SITE);
    int64_t end_ns = ns_after(now_ns(), ns_of_timespec(time));
    sigset_t rest = without_ours(set);
    int saved = errno, result;
    bool again;
    do {
        int64_t left = end_ns - now_ns();
        struct timespec real = timespec_of_ns(left > 0 ? left : 0);
        struct wait wait;
        wait_begin(&wait, end_ns);
        result = next_sigtimedwait(&rest, info, &real);
        again = wait_end(&wait) && result < 0 && errno == EINTR;
    } while (again);
    thread_leaves(&before);
    if (result >= 0)
        errno = saved;
    return result;
}
