/* Calls that sleep. */
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

/* Sleeps until then, by now_ns; errno is untouched. How much is left: a handler of the program's has run. */
static int64_t sleep_until(int64_t end_ns, enum timing_id id, uint64_t site)
{
    struct activity before = activity_begin(id, site);
    int saved = errno;
    bool interrupted = false;
    int64_t left;
    while ((left = end_ns - now_ns()) > 0 && !interrupted) {
        struct timespec time = timespec_of_ns(left);
        struct wait wait;
        wait_begin(&wait, end_ns);
        interrupted = next_nanosleep(&time, NULL) < 0;
        if (wait_end(&wait))
            interrupted = false;
    }
    thread_leaves(&before);
    errno = saved;
    return left > 0 ? left : 0;
}

/* An error number, or 0. */
static int sleep_for(const struct timespec *time, struct timespec *ret_left, enum timing_id id, uint64_t site)
{
    int64_t left = sleep_until(ns_after(now_ns(), ns_of_timespec(time)), id, site);
    if (left > 0 && ret_left)
        *ret_left = timespec_of_ns(left);
    return left > 0 ? EINTR : 0;
}

EXPORTED int wrap_nanosleep(const struct timespec *time, struct timespec *left) __asm__("nanosleep");
int wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    if (!shim.is_virtual || !is_time(time))
        return next_nanosleep(time, left);
    int error = sleep_for(time, left, TIMING_nanosleep, SITE);
    if (error)
        errno = error;
    return error ? -1 : 0;
}

ALIAS(nanosleep, __nanosleep)

/* Its errors are its own: -1 when a signal handler has run, another negative number for all else. */
EXPORTED int wrap_thrd_sleep(const struct timespec *time, struct timespec *left) __asm__("thrd_sleep");
int wrap_thrd_sleep(const struct timespec *time, struct timespec *left)
{
    if (!shim.is_virtual || !is_time(time))
        return next_thrd_sleep(time, left);
    return sleep_for(time, left, TIMING_thrd_sleep, SITE) ? -1 : 0;
}

EXPORTED int wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                                  struct timespec *left) __asm__("clock_nanosleep");
int wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    bool ours =
        clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
    if (!shim.is_virtual || !ours || !is_time(time))
        return next_clock_nanosleep(clock, flags, time, left);
    if (!(flags & TIMER_ABSTIME))
        return sleep_for(time, left, TIMING_clock_nanosleep, SITE);
    return sleep_until(clock_moment(clock, time), TIMING_clock_nanosleep, SITE) > 0 ? EINTR : 0;
}

EXPORTED int wrap_usleep(useconds_t us) __asm__("usleep");
int wrap_usleep(useconds_t us)
{
    struct timespec time = timespec_of_ns((int64_t)us * 1000);
    if (!shim.is_virtual)
        return next_usleep(us);
    int error = sleep_for(&time, NULL, TIMING_usleep, SITE);
    if (error)
        errno = error;
    return error ? -1 : 0;
}

/* What is left is told in whole seconds, cut off as glibc does. */
EXPORTED unsigned int wrap_sleep(unsigned int seconds) __asm__("sleep");
unsigned int wrap_sleep(unsigned int seconds)
{
    struct timespec time = {.tv_sec = seconds}, left = {0};
    if (!shim.is_virtual)
        return next_sleep(seconds);
    return sleep_for(&time, &left, TIMING_sleep, SITE) ? (unsigned int)left.tv_sec : 0;
}
