/* The calls on condition variables: POSIX's and C11's, which are the same by other names. */
#include "shim/clock.h"
#include "shim/intercept/wrappers.h"
#include "shim/model/board.h"
#include "shim/state.h"
#include "shim/time/clocks.h"
#include "shim/time/conditions.h"
#include "shim/time/next.h"

#include <errno.h>
#include <limits.h>

#define SITE (uint64_t)(uintptr_t) __builtin_return_address(0)

/*
 * Before our constructor they are glibc's, for who calls may be an allocator that begins, so that nothing may
 * be found out then: what glibc initialises is ours as well (struct condition), and there is nobody to wake.
 */
static inline bool is_ours(void)
{
    return shim.is_virtual;
}

/* Nobody waits before it is known whose they are. */
static inline bool is_ours_to_wait_for(void)
{
    if (__builtin_expect(!atomic_load_explicit(&shim.is_started, memory_order_acquire), 0))
        shim_start();
    return shim.is_virtual;
}

EXPORTED int wrap_pthread_cond_init(pthread_cond_t *cond,
                                    const pthread_condattr_t *attributes) __asm__("pthread_cond_init");
int wrap_pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes)
{
    clockid_t clock = CLOCK_REALTIME;
    int shared = PTHREAD_PROCESS_PRIVATE;
    if (!is_ours())
        return next_pthread_cond_init(cond, attributes);
    if (attributes) {
        pthread_condattr_getclock(attributes, &clock);
        pthread_condattr_getpshared(attributes, &shared);
    }
    condition_init((struct condition *)cond, (clock == CLOCK_MONOTONIC ? CONDITION_MONOTONIC : 0) |
                                                 (shared == PTHREAD_PROCESS_SHARED ? CONDITION_SHARED : 0));
    return 0;
}

EXPORTED int wrap_pthread_cond_destroy(pthread_cond_t *cond) __asm__("pthread_cond_destroy");
int wrap_pthread_cond_destroy(pthread_cond_t *cond)
{
    if (!is_ours())
        return next_pthread_cond_destroy(cond);
    condition_destroy((struct condition *)cond);
    return 0;
}

EXPORTED int wrap_pthread_cond_signal(pthread_cond_t *cond) __asm__("pthread_cond_signal");
int wrap_pthread_cond_signal(pthread_cond_t *cond)
{
    if (!is_ours())
        return next_pthread_cond_signal(cond);
    condition_wake((struct condition *)cond, 1);
    return 0;
}

EXPORTED int wrap_pthread_cond_broadcast(pthread_cond_t *cond) __asm__("pthread_cond_broadcast");
int wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
    if (!is_ours())
        return next_pthread_cond_broadcast(cond);
    condition_wake((struct condition *)cond, INT_MAX);
    return 0;
}

EXPORTED int wrap_pthread_cond_wait(pthread_cond_t *cond,
                                    pthread_mutex_t *mutex) __asm__("pthread_cond_wait");
int wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    if (!is_ours_to_wait_for())
        return next_pthread_cond_wait(cond, mutex);
    return condition_wait((struct condition *)cond, mutex, BOARD_NEVER, TIMING_pthread_cond_wait, SITE);
}

/* A time before the clock began is past, and no error. */
static int wait_until(struct condition *condition, pthread_mutex_t *mutex, clockid_t clock,
                      const struct timespec *when, enum timing_id id, uint64_t site)
{
    if (when->tv_nsec < 0 || when->tv_nsec >= 1000000000)
        return EINVAL;
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    int64_t deadline_ns = when->tv_sec < 0 ? 0 : clock_moment(clock, when);
    return condition_wait(condition, mutex, deadline_ns, id, site);
}

EXPORTED int wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                         const struct timespec *when) __asm__("pthread_cond_timedwait");
int wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *when)
{
    if (!is_ours_to_wait_for())
        return next_pthread_cond_timedwait(cond, mutex, when);
    struct condition *condition = (struct condition *)cond;
    return wait_until(condition, mutex, condition_clock(condition), when, TIMING_pthread_cond_timedwait,
                      SITE);
}

EXPORTED int wrap_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                         const struct timespec *when) __asm__("pthread_cond_clockwait");
int wrap_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                const struct timespec *when)
{
    if (!is_ours_to_wait_for())
        return next_pthread_cond_clockwait(cond, mutex, clock, when);
    return wait_until((struct condition *)cond, mutex, clock, when, TIMING_pthread_cond_clockwait, SITE);
}

static int in_c11(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

EXPORTED int wrap_cnd_init(cnd_t *cond) __asm__("cnd_init");
int wrap_cnd_init(cnd_t *cond)
{
    if (!is_ours())
        return next_cnd_init(cond);
    condition_init((struct condition *)cond, 0);
    return thrd_success;
}

EXPORTED void wrap_cnd_destroy(cnd_t *cond) __asm__("cnd_destroy");
void wrap_cnd_destroy(cnd_t *cond)
{
    if (!is_ours())
        next_cnd_destroy(cond);
    else
        condition_destroy((struct condition *)cond);
}

EXPORTED int wrap_cnd_signal(cnd_t *cond) __asm__("cnd_signal");
int wrap_cnd_signal(cnd_t *cond)
{
    if (!is_ours())
        return next_cnd_signal(cond);
    condition_wake((struct condition *)cond, 1);
    return thrd_success;
}

EXPORTED int wrap_cnd_broadcast(cnd_t *cond) __asm__("cnd_broadcast");
int wrap_cnd_broadcast(cnd_t *cond)
{
    if (!is_ours())
        return next_cnd_broadcast(cond);
    condition_wake((struct condition *)cond, INT_MAX);
    return thrd_success;
}

EXPORTED int wrap_cnd_wait(cnd_t *cond, mtx_t *mutex) __asm__("cnd_wait");
int wrap_cnd_wait(cnd_t *cond, mtx_t *mutex)
{
    if (!is_ours_to_wait_for())
        return next_cnd_wait(cond, mutex);
    return in_c11(condition_wait((struct condition *)cond, (pthread_mutex_t *)mutex, BOARD_NEVER,
                                 TIMING_cnd_wait, SITE));
}

EXPORTED int wrap_cnd_timedwait(cnd_t *cond, mtx_t *mutex,
                                const struct timespec *when) __asm__("cnd_timedwait");
int wrap_cnd_timedwait(cnd_t *cond, mtx_t *mutex, const struct timespec *when)
{
    if (!is_ours_to_wait_for())
        return next_cnd_timedwait(cond, mutex, when);
    return in_c11(wait_until((struct condition *)cond, (pthread_mutex_t *)mutex, CLOCK_REALTIME, when,
                             TIMING_cnd_timedwait, SITE));
}
