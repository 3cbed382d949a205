/*
 * syscall(2): clocks, sleeps and waits that a program calls by their numbers. Runtimes park their threads
 * with futex that way (libstdc++, Rust); the rest is rare. What is not virtual here is marked, so that its
 * experiment is made in real time. Async-signal-safe, as system calls are.
 */
#include "shim/clock.h"
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/time/activity.h"
#include "shim/time/clocks.h"
#include "shim/time/next.h"
#include "shim/time/unseen.h"
#include "shim/time/wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#define SITE (uint64_t)(uintptr_t) __builtin_return_address(0)

struct arguments {
    long at[6];
};

static long call_next(long number, const struct arguments *with)
{
    return next_syscall(number, with->at[0], with->at[1], with->at[2], with->at[3], with->at[4], with->at[5]);
}

enum bound { BOUND_MS, BOUND_TIMESPEC, BOUND_TIMEVAL, BOUND_ALWAYS };

/* What lets time go by, and where it says how long. */
static const struct row {
    long number;
    enum bound bound;
    int argument;
    enum unseen reason;
} rows[] = {
#ifdef SYS_poll
    {SYS_poll, BOUND_MS, 2, UNSEEN_RAW_SLEEP},
    {SYS_select, BOUND_TIMEVAL, 4, UNSEEN_RAW_SLEEP},
    {SYS_epoll_wait, BOUND_MS, 3, UNSEEN_RAW_SLEEP},
    {SYS_alarm, BOUND_ALWAYS, 0, UNSEEN_RAW_TIMER},
#endif
    {SYS_ppoll, BOUND_TIMESPEC, 2, UNSEEN_RAW_SLEEP},
    {SYS_pselect6, BOUND_TIMESPEC, 4, UNSEEN_RAW_SLEEP},
    {SYS_epoll_pwait, BOUND_MS, 3, UNSEEN_RAW_SLEEP},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, BOUND_TIMESPEC, 3, UNSEEN_RAW_SLEEP},
#endif
    {SYS_rt_sigtimedwait, BOUND_TIMESPEC, 2, UNSEEN_RAW_SLEEP},
    {SYS_semtimedop, BOUND_TIMESPEC, 3, UNSEEN_RAW_SLEEP},
    {SYS_mq_timedsend, BOUND_TIMESPEC, 4, UNSEEN_RAW_SLEEP},
    {SYS_mq_timedreceive, BOUND_TIMESPEC, 4, UNSEEN_RAW_SLEEP},
    {SYS_io_getevents, BOUND_TIMESPEC, 4, UNSEEN_RAW_SLEEP},
    {SYS_io_pgetevents, BOUND_TIMESPEC, 4, UNSEEN_RAW_SLEEP},
#ifdef SYS_futex_waitv
    {SYS_futex_waitv, BOUND_TIMESPEC, 3, UNSEEN_RAW_SLEEP},
#endif
    {SYS_setitimer, BOUND_ALWAYS, 0, UNSEEN_RAW_TIMER},
    {SYS_timer_settime, BOUND_ALWAYS, 0, UNSEEN_RAW_TIMER},
    {SYS_timerfd_settime, BOUND_ALWAYS, 0, UNSEEN_RAW_TIMER},
    {SYS_adjtimex, BOUND_ALWAYS, 0, UNSEEN_RAW_CLOCK},
    {SYS_clock_adjtime, BOUND_ALWAYS, 0, UNSEEN_RAW_CLOCK},
    {SYS_sysinfo, BOUND_ALWAYS, 0, UNSEEN_RAW_CLOCK},
    {SYS_times, BOUND_ALWAYS, 0, UNSEEN_RAW_CLOCK},
};

static bool lets_time_go_by(const struct row *row, const struct arguments *with)
{
    long value = with->at[row->argument];
    const long *pair = (const long *)value; /* of a struct timespec or timeval */
    switch (row->bound) {
    case BOUND_MS:
        return (int)value > 0;
    case BOUND_TIMESPEC:
    case BOUND_TIMEVAL:
        return pair && (pair[0] != 0 || pair[1] != 0);
    default:
        return true;
    }
}

static void mark(long number, const struct arguments *with)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == number && lets_time_go_by(&rows[i], with))
            unseen_mark(rows[i].reason);
}

/* The ahead of a clock is found before the clock is read: see wrap_clock_gettime. */
static long read_clock(const struct arguments *with)
{
    int64_t ahead = clock_ahead_ns((clockid_t)with->at[0]);
    long result = call_next(SYS_clock_gettime, with);
    if (result == 0)
        clock_put_ahead((struct timespec *)with->at[1], ahead);
    return result;
}

static long read_day(const struct arguments *with)
{
    int64_t ahead = clock_ahead_ns(CLOCK_REALTIME);
    long result = call_next(SYS_gettimeofday, with);
    if (result == 0 && with->at[0])
        clock_put_ahead_us((struct timeval *)with->at[0], ahead);
    return result;
}

/* The system call's result is an error number with the sign of a failure, not glibc's. */
static long sleep_by_clock(const struct arguments *with)
{
    int error = clock_nanosleep((clockid_t)with->at[0], (int)with->at[1],
                                (const struct timespec *)with->at[2], (struct timespec *)with->at[3]);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

/* Whether it is one that waits, and until when, by now_ns. */
static bool futex_deadline(int operation, const struct timespec *time, int64_t *ret_deadline_ns)
{
    clockid_t clock = operation & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
        *ret_deadline_ns = ns_after(now_ns(), ns_of_timespec(time));
        return true;
    case FUTEX_WAIT_BITSET:
        *ret_deadline_ns = clock_moment(clock, time);
        return true;
    default:
        return false;
    }
}

/* It says what futex(2) says: EINTR if a handler of the program's has run, ETIMEDOUT if its time is up. */
static long wait_for_futex(const struct arguments *with, int64_t deadline_ns, uint64_t site)
{
    int operation = (int)with->at[1];
    clockid_t clock = operation & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    struct timespec time = *(const struct timespec *)with->at[3];
    struct arguments real = *with;
    struct activity before = activity_begin(TIMING_syscall, site);
    struct wait wait;
    if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET)
        time = clock_real(clock, &time);
    real.at[3] = (long)&time;
    wait_begin(&wait, deadline_ns);
    long result = call_next(SYS_futex, &real);
    if (wait_end(&wait) && result < 0 && errno == EINTR)
        errno = ETIMEDOUT;
    thread_leaves(&before);
    return result;
}

static bool futex_is_bounded_lock(int operation, const struct timespec *time)
{
    enum { LOCK_PI2 = 13 }; /* FUTEX_LOCK_PI2, since Linux 5.14 */
    int command = operation & FUTEX_CMD_MASK;
    return time && (command == FUTEX_LOCK_PI || command == LOCK_PI2 || command == FUTEX_WAIT_REQUEUE_PI);
}

static long call_futex(const struct arguments *with, uint64_t site)
{
    int operation = (int)with->at[1];
    const struct timespec *time = (const struct timespec *)with->at[3];
    int command = operation & FUTEX_CMD_MASK;
    bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
    int64_t deadline_ns;
    if (futex_is_bounded_lock(operation, time))
        unseen_mark(UNSEEN_RAW_SLEEP);
    if (waits && time && is_time(time) && futex_deadline(operation, time, &deadline_ns))
        return wait_for_futex(with, deadline_ns, site);
    return call_next(SYS_futex, with);
}

/* The signal that wakes us stays deliverable; glibc's own functions see to that already. */
static long set_mask(const struct arguments *with)
{
    const uint64_t *set = (const uint64_t *)with->at[1];
    uint64_t without;
    struct arguments real = *with;
    if (!set || with->at[0] == SIG_UNBLOCK || with->at[3] != sizeof without)
        return call_next(SYS_rt_sigprocmask, with);
    without = *set & ~(UINT64_C(1) << (TIME_SIGNAL - 1));
    real.at[1] = (long)&without;
    return call_next(SYS_rt_sigprocmask, &real);
}

static long dispatch(long number, const struct arguments *with, uint64_t site)
{
    switch (number) {
    case SYS_clock_gettime:
        return read_clock(with);
    case SYS_gettimeofday:
        return read_day(with);
#ifdef SYS_time
    case SYS_time:
        return time((time_t *)with->at[0]);
#endif
    case SYS_nanosleep:
        return with->at[0] ? nanosleep((const struct timespec *)with->at[0], (struct timespec *)with->at[1])
                           : call_next(number, with);
    case SYS_clock_nanosleep:
        return with->at[2] ? sleep_by_clock(with) : call_next(number, with);
    case SYS_futex:
        return call_futex(with, site);
    case SYS_rt_sigprocmask:
        return set_mask(with);
    default:
        mark(number, with);
        return call_next(number, with);
    }
}

/* Apart, so that in real time the next function is jumped to from an empty stack frame. */
__attribute__((noinline)) static long call_virtual(long number, long a, long b, long c, long d, long e,
                                                   long f, uint64_t site)
{
    struct arguments with = {{a, b, c, d, e, f}};
    return dispatch(number, &with, site);
}

/* It has as many arguments as the system call; six are there whatever they are, and glibc's passes six on. */
EXPORTED long wrap_syscall(long number, long a, long b, long c, long d, long e, long f) __asm__("syscall");
long wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    if (__builtin_expect(!shim.is_virtual, 1))
        return next_syscall(number, a, b, c, d, e, f);
    return call_virtual(number, a, b, c, d, e, f, SITE);
}
