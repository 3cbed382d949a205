/*
 * Waits until a time which no signal ends: glibc or the kernel begins them anew. They are first made with a
 * time that is past, which never waits and otherwise does the same, errors included; where that comes back
 * late and the program's own time is still to come, it would really wait, and time cannot be virtual.
 */
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/time/clocks.h"
#include "shim/time/next.h"
#include "shim/time/unseen.h"

#include <errno.h>

#define EXPAND(...) __VA_ARGS__

static bool is_past(clockid_t clock, const struct timespec *real)
{
    struct timespec now;
    if (next_clock_gettime(clock, &now) < 0)
        return false;
    return now.tv_sec != real->tv_sec ? now.tv_sec > real->tv_sec : now.tv_nsec >= real->tv_nsec;
}

/* `time` is the last parameter of all of them; `leading` the others. `real` is its value for the kernel. */
#define BOUNDED(ret, name, params, leading, time, real, over, late, reason)                                  \
    EXPORTED ret wrap_##name params __asm__(#name);                                                          \
    ret wrap_##name params                                                                                   \
    {                                                                                                        \
        static const struct timespec past;                                                                   \
        int saved = errno;                                                                                   \
        if (!shim.is_virtual || !(time) || !is_time(time))                                                   \
            return next_##name(EXPAND leading, time);                                                        \
        ret result = next_##name(EXPAND leading, &past);                                                     \
        struct timespec then = real;                                                                         \
        if (!(late) || over)                                                                                 \
            return result;                                                                                   \
        unseen_mark(UNSEEN_##reason);                                                                        \
        errno = saved;                                                                                       \
        return next_##name(EXPAND leading, &then);                                                           \
    }

/* By absolute time: of what returns an error number, of what sets errno. By how long: the latter only. */
#define LOCK(name, params, leading, clock, reason)                                                           \
    BOUNDED(int, name, params, leading, when, clock_real(clock, when), is_past(clock, &then),                \
            result == ETIMEDOUT, reason)
#define UNTIL(ret, name, params, leading, clock, reason)                                                     \
    BOUNDED(ret, name, params, leading, when, clock_real(clock, when), is_past(clock, &then),                \
            result < 0 && errno == ETIMEDOUT, reason)
#define FOR(ret, name, params, leading, reason)                                                              \
    BOUNDED(ret, name, params, leading, time, *time, is_zero(&then), result < 0 && errno == EAGAIN, reason)

LOCK(pthread_mutex_timedlock, (pthread_mutex_t * mutex, const struct timespec *when), (mutex), CLOCK_REALTIME,
     MUTEX_TIMEDLOCK)
LOCK(pthread_mutex_clocklock, (pthread_mutex_t * mutex, clockid_t clock, const struct timespec *when),
     (mutex, clock), clock, MUTEX_TIMEDLOCK)
BOUNDED(int, mtx_timedlock, (mtx_t * mutex, const struct timespec *when), (mutex), when,
        clock_real(CLOCK_REALTIME, when), is_past(CLOCK_REALTIME, &then), result == thrd_timedout,
        MUTEX_TIMEDLOCK)
LOCK(pthread_rwlock_timedrdlock, (pthread_rwlock_t * lock, const struct timespec *when), (lock),
     CLOCK_REALTIME, RWLOCK_TIMEDLOCK)
LOCK(pthread_rwlock_timedwrlock, (pthread_rwlock_t * lock, const struct timespec *when), (lock),
     CLOCK_REALTIME, RWLOCK_TIMEDLOCK)
LOCK(pthread_rwlock_clockrdlock, (pthread_rwlock_t * lock, clockid_t clock, const struct timespec *when),
     (lock, clock), clock, RWLOCK_TIMEDLOCK)
LOCK(pthread_rwlock_clockwrlock, (pthread_rwlock_t * lock, clockid_t clock, const struct timespec *when),
     (lock, clock), clock, RWLOCK_TIMEDLOCK)
LOCK(pthread_timedjoin_np, (pthread_t thread, void **ret, const struct timespec *when), (thread, ret),
     CLOCK_REALTIME, TIMED_JOIN)
LOCK(pthread_clockjoin_np, (pthread_t thread, void **ret, clockid_t clock, const struct timespec *when),
     (thread, ret, clock), clock, TIMED_JOIN)
UNTIL(int, mq_timedsend,
      (mqd_t queue, const char *message, size_t len, unsigned int priority, const struct timespec *when),
      (queue, message, len, priority), CLOCK_REALTIME, MESSAGE_QUEUE)
UNTIL(ssize_t, mq_timedreceive,
      (mqd_t queue, char *message, size_t len, unsigned int *priority, const struct timespec *when),
      (queue, message, len, priority), CLOCK_REALTIME, MESSAGE_QUEUE)
FOR(int, semtimedop, (int set, struct sembuf *operations, size_t count, const struct timespec *time),
    (set, operations, count), SEMTIMEDOP)
FOR(int, aio_suspend, (const struct aiocb *const list[], int count, const struct timespec *time),
    (list, count), AIO_SUSPEND)

ALIAS(aio_suspend, aio_suspend64)
