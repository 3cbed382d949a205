/*
 * Why no wake-up is lost. Whoever waits counts itself, reads the sequence, and only then unlocks the mutex;
 * the kernel puts it to sleep only if the sequence is still that one (futex(2)). A wake-up it must not miss
 * comes after it has unlocked the mutex, in the order of things that POSIX speaks of. So whoever wakes sees
 * it counted and counts the sequence up: either it does not fall asleep, or it is asleep by then and stands
 * in the kernel's queue.
 *
 * - One wake-up may end the waits of several: of one in the queue, and of those that had read the sequence
 * and not yet reached the queue. POSIX allows that. Of those in the queue the kernel picks one, which may
 * have come after the sequence was counted up, in the middle of the call that wakes. It was waiting before
 * that call was over, so it might as well have come before.
 * - The kernel says that a wait is over for a signal or its timeout only to a thread it has taken off the
 * queue unwoken; so none of those takes a wake-up with it. Not so when a thread is cancelled: it may have
 * been woken already, and wakes another in its place. That one may be woken for nothing, which is allowed.
 * - The sequence wraps: a thread that reads it and reaches the queue after exactly 2^32 wake-ups (or a
 * multiple), each with somebody counted, would sleep on. That is more than a minute in which it does not come
 * to run while others do nothing else.
 * - Without the mutex nothing changes: what makes a program's wake-up come after a wait is that it saw, in
 * some order, what was done under the mutex; with that it sees the count.
 * - After the last wake-up its memory may be used for something else as soon as destroy is over. Those on
 *   their way to the queue would look at that; so destroy waits until all have left, as glibc's does. Leaving
 *   is the last that touches it, save for a futex wake: that finds nobody, or somebody who expects such.
 *
 * Ours never meet glibc's on one variable: whether time is virtual is found out before anybody waits, in the
 * constructor or by the first wait of another library's (shim_start), and only processes of one experiment
 * share one. The other calls from before are glibc's (an allocator makes them when it begins, so that nothing
 * may be found out then): as long as nobody waits, it leaves all of a variable zero but the two bits that are
 * ours as well.
 */
#include "shim/time/conditions.h"
#include "shim/time/activity.h"
#include "shim/time/next.h"
#include "shim/time/wait.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>

_Static_assert(sizeof(struct condition) <= sizeof(pthread_cond_t), "it has to fit in there");
_Static_assert(offsetof(struct condition, traits) == 36, "as in glibc's struct __pthread_cond_s");
_Static_assert(_Alignof(struct condition) <= _Alignof(pthread_cond_t), "it has to fit in there");

static long futex(_Atomic uint32_t *word, int operation, uint32_t traits, uint32_t value,
                  const struct timespec *time)
{
    int scope = traits & CONDITION_SHARED ? 0 : FUTEX_PRIVATE_FLAG;
    return next_syscall(SYS_futex, (long)word, operation | scope, value, (long)time, 0, 0);
}

void condition_init(struct condition *condition, uint32_t traits)
{
    atomic_init(&condition->sequence, 0);
    atomic_init(&condition->waiters, 0);
    condition->traits = traits;
}

void condition_destroy(struct condition *condition)
{
    int saved = errno;
    uint32_t waiters = atomic_fetch_or(&condition->waiters, CONDITION_ENDING) | CONDITION_ENDING;
    while (waiters != CONDITION_ENDING) {
        futex(&condition->waiters, FUTEX_WAIT, condition->traits, waiters, NULL);
        waiters = atomic_load(&condition->waiters);
    }
    errno = saved;
}

void condition_wake(struct condition *condition, int count)
{
    int saved = errno;
    if (atomic_load(&condition->waiters) < CONDITION_WAITER)
        return;
    atomic_fetch_add(&condition->sequence, 1);
    futex(&condition->sequence, FUTEX_WAKE, condition->traits, (uint32_t)count, NULL);
    errno = saved;
}

clockid_t condition_clock(const struct condition *condition)
{
    return condition->traits & CONDITION_MONOTONIC ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

/* One thread in condition_wait. */
struct sleeper {
    struct condition *condition;
    pthread_mutex_t *mutex;
    uint32_t sequence;
    int64_t deadline_ns;
    struct activity before;
    struct wait wait;
};

static void leave(struct condition *condition)
{
    uint32_t traits = condition->traits;
    _Atomic uint32_t *waiters = &condition->waiters;
    if (atomic_fetch_sub(waiters, CONDITION_WAITER) == (CONDITION_WAITER | CONDITION_ENDING))
        futex(waiters, FUTEX_WAKE, traits, INT_MAX, NULL);
}

/* As the program's cleanup handlers expect it: the mutex is locked. */
static void cancelled(void *context)
{
    struct sleeper *sleeper = context;
    wait_end(&sleeper->wait);
    condition_wake(sleeper->condition, 1);
    leave(sleeper->condition);
    thread_leaves(&sleeper->before);
    pthread_mutex_lock(sleeper->mutex);
}

/*
 * One call of the kernel's, in which the thread can be cancelled: futex(2) is no cancellation point, so it
 * can be at any time from before to after it. Returns an error number; EINTR also when its time is up.
 */
static int doze(struct sleeper *sleeper, const struct timespec *time)
{
    int type, ignored;
    if (time)
        wait_begin(&sleeper->wait, sleeper->deadline_ns);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    int error = futex(&sleeper->condition->sequence, FUTEX_WAIT, sleeper->condition->traits,
                      sleeper->sequence, time) < 0
                    ? errno
                    : 0;
    pthread_setcanceltype(type, &ignored);
    wait_end(&sleeper->wait);
    return error;
}

static int sleep_until_woken(struct sleeper *sleeper)
{
    int error;
    pthread_testcancel();
    do {
        int64_t left = sleeper->deadline_ns == BOARD_NEVER ? BOARD_NEVER : sleeper->deadline_ns - now_ns();
        struct timespec time = timespec_of_ns(left > 0 ? left : 0);
        if (left <= 0)
            return atomic_load(&sleeper->condition->sequence) == sleeper->sequence ? ETIMEDOUT : 0;
        error = doze(sleeper, left == BOARD_NEVER ? NULL : &time);
    } while (error == EINTR || error == ETIMEDOUT);
    return 0;
}

int condition_wait(struct condition *condition, pthread_mutex_t *mutex, int64_t deadline_ns,
                   enum timing_id id, uint64_t site)
{
    int saved = errno, error;
    struct sleeper sleeper = {.condition = condition, .mutex = mutex, .deadline_ns = deadline_ns};
    atomic_fetch_add(&condition->waiters, CONDITION_WAITER);
    sleeper.sequence = atomic_load(&condition->sequence);
    error = pthread_mutex_unlock(mutex);
    if (error) {
        leave(condition);
        errno = saved;
        return error;
    }
    sleeper.before = activity_begin(id, site);
    pthread_cleanup_push(cancelled, &sleeper);
    error = sleep_until_woken(&sleeper);
    pthread_cleanup_pop(0);
    leave(condition);
    int unlocked = pthread_mutex_lock(mutex);
    thread_leaves(&sleeper.before);
    errno = saved;
    return unlocked ? unlocked : error;
}
