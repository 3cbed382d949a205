/*
 * Timers that send signals. What the kernel would do at their time, whoever advances the clock does
 * (harness/quiet/timers.h); the kernel's own timers of timer_create are made, so that their numbers, what is
 * refused and what becomes of them is its doing, but never armed.
 */
#include "shim/model/timers.h"
#include "shim/clock.h"
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/time/clocks.h"
#include "shim/time/next.h"
#include "shim/time/timer_threads.h"
#include "shim/time/unseen.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

enum { US_PER_S = 1000000 };

/* Arms it, or disarms it with BOARD_NEVER. A signal that is under way to the program comes before this
 * returns, as it does from the kernel: the last yield is where it is taken. Whoever sleeps until the next
 * deadline is to look anew. */
static void set(struct board_timer *timer, int64_t deadline_ns, int64_t interval_ns)
{
    timer_arm(timer, BOARD_NEVER, 0);
    for (int i = 0; i < 1000000 && atomic_load(&timer->firing); i++)
        sched_yield();
    sched_yield();
    timer_arm(timer, deadline_ns, interval_ns);
    if (deadline_ns != BOARD_NEVER)
        state_ring();
}

/* It is left to the kernel: when it comes is not to be seen. */
static void leave_to_kernel(bool is_armed)
{
    if (is_armed && shim.board)
        atomic_fetch_add(&shim.board->kernel_timers, 1);
}

/* ---- alarm, setitimer: one a process ------------------------------------------------------------------ */

/* NULL: it is the kernel's, as all is in real time. */
static struct board_timer *alarm_timer(void)
{
    if (!shim.is_virtual)
        return NULL;
    if (state_is_borrowed())
        unseen_mark(UNSEEN_TIMER_VFORK);
    else if (!shim.process)
        unseen_mark(UNSEEN_TIMERS_FULL);
    else
        return &shim.board->alarms[shim.process - shim.board->processes];
    return NULL;
}

/* What it was set to. */
static struct timer_setting set_alarm(struct board_timer *timer, int64_t ns, int64_t interval_ns)
{
    int64_t now = now_ns();
    struct timer_setting old = timer_setting(timer, now);
    set(timer, ns > 0 ? ns_after(now, ns) : BOARD_NEVER, interval_ns);
    return old;
}

static int64_t ns_of_us(int64_t us)
{
    return us * 1000;
}

/* Whatever is left is more than nothing, as getitimer(2) has it. */
static struct itimerval itimerval_of(struct timer_setting setting)
{
    int64_t left = setting.left_ns / 1000, interval = setting.interval_ns / 1000;
    if (setting.left_ns > 0 && left == 0)
        left = 1;
    return (struct itimerval){{interval / US_PER_S, interval % US_PER_S}, {left / US_PER_S, left % US_PER_S}};
}

/* Rounded to the next whole second, but what is armed has one left at least: alarm_setitimer() in the kernel.
 */
EXPORTED unsigned int wrap_alarm(unsigned int seconds) __asm__("alarm");
unsigned int wrap_alarm(unsigned int seconds)
{
    struct board_timer *timer = alarm_timer();
    if (!timer) {
        leave_to_kernel(seconds > 0);
        return next_alarm(seconds);
    }
    unsigned int most = seconds < INT32_MAX ? seconds : INT32_MAX;
    struct itimerval old = itimerval_of(set_alarm(timer, ns_of_us((int64_t)most * US_PER_S), 0));
    bool up = old.it_value.tv_usec >= US_PER_S / 2 || (old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0);
    return (unsigned int)old.it_value.tv_sec + up;
}

EXPORTED useconds_t wrap_ualarm(useconds_t us, useconds_t interval) __asm__("ualarm");
useconds_t wrap_ualarm(useconds_t us, useconds_t interval)
{
    struct board_timer *timer = alarm_timer();
    if (!timer) {
        leave_to_kernel(us > 0);
        return next_ualarm(us, interval);
    }
    struct itimerval old = itimerval_of(set_alarm(timer, ns_of_us(us), ns_of_us(interval)));
    return (useconds_t)(old.it_value.tv_sec * US_PER_S + old.it_value.tv_usec);
}

static bool is_timeval(const struct timeval *time)
{
    return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < US_PER_S;
}

EXPORTED int wrap_setitimer(__itimer_which_t which, const struct itimerval *new,
                            struct itimerval *old) __asm__("setitimer");
int wrap_setitimer(__itimer_which_t which, const struct itimerval *new, struct itimerval *old)
{
    static const struct itimerval none; /* what Linux takes NULL for */
    const struct itimerval *to = new ? new : &none;
    struct board_timer *timer = which == ITIMER_REAL ? alarm_timer() : NULL;
    if (!timer || !is_timeval(&to->it_value) || !is_timeval(&to->it_interval)) {
        leave_to_kernel(!timer && which == ITIMER_REAL && new);
        return next_setitimer(which, new, old);
    }
    struct timer_setting was =
        set_alarm(timer, NS_OF_TIMEVAL(&to->it_value), NS_OF_TIMEVAL(&to->it_interval));
    if (old)
        *old = itimerval_of(was);
    return 0;
}

EXPORTED int wrap_getitimer(__itimer_which_t which, struct itimerval *now) __asm__("getitimer");
int wrap_getitimer(__itimer_which_t which, struct itimerval *now)
{
    struct board_timer *timer = which == ITIMER_REAL ? alarm_timer() : NULL;
    if (!timer)
        return next_getitimer(which, now);
    *now = itimerval_of(timer_setting(timer, now_ns()));
    return 0;
}

/* ---- timer_create ------------------------------------------------------------------------------------- */

/* What the kernel's timer would send, and to whom. false: that is not known. */
static bool read_facts(struct timer_facts *facts, clockid_t clock, const struct sigevent *event,
                       timer_t handle)
{
    memset(facts, 0, sizeof *facts);
    atomic_init(&facts->clock, clock);
    atomic_init(&facts->handle, (uint64_t)(uintptr_t)handle);
    atomic_init(&facts->id, (int32_t)(intptr_t)handle);
    if (!event)
        atomic_init(&facts->signo, SIGALRM);
    else if (event->sigev_notify == SIGEV_THREAD)
        return timer_thread_facts(facts, handle);
    else if (event->sigev_notify != SIGEV_NONE) {
        atomic_init(&facts->signo, event->sigev_signo);
        atomic_init(&facts->value, (uint64_t)(uintptr_t)event->sigev_value.sival_ptr);
        atomic_init(&facts->tid, event->sigev_notify == SIGEV_THREAD_ID ? event->_sigev_un._tid : 0);
    }
    return true;
}

/* false: it stays the kernel's. */
static bool put_on_board(clockid_t clock, const struct sigevent *event, timer_t handle)
{
    struct timer_facts facts;
    if (!shim.is_virtual)
        return false;
    if (state_is_borrowed())
        unseen_mark(UNSEEN_TIMER_VFORK);
    else if (!read_facts(&facts, clock, event, handle))
        unseen_mark(UNSEEN_TIMER_THREAD);
    else if (!timer_add(shim.board, shim.pid, &facts))
        unseen_mark(UNSEEN_TIMERS_FULL);
    else
        return true;
    return false;
}

EXPORTED int wrap_timer_create(clockid_t clock, struct sigevent *event,
                               timer_t *timer) __asm__("timer_create");
int wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    int saved = errno, result = next_timer_create(clock, event, timer);
    if (result == 0 && clock_is_real(clock) && !put_on_board(clock, event, *timer))
        leave_to_kernel(!event || event->sigev_notify != SIGEV_NONE);
    if (result == 0)
        errno = saved;
    return result;
}

/* NULL: it is the kernel's. */
static struct board_timer *ours(timer_t handle)
{
    return shim.is_virtual ? timer_find(shim.board, shim.pid, (uint64_t)(uintptr_t)handle) : NULL;
}

static struct itimerspec itimerspec_of(struct timer_setting setting)
{
    return (struct itimerspec){timespec_of_ns(setting.interval_ns), timespec_of_ns(setting.left_ns)};
}

static int64_t deadline_of(const struct board_timer *timer, int flags, const struct timespec *when)
{
    if (is_zero(when))
        return BOARD_NEVER;
    return flags & TIMER_ABSTIME ? clock_moment(atomic_load(&timer->facts.clock), when)
                                 : ns_after(now_ns(), ns_of_timespec(when));
}

EXPORTED int wrap_timer_settime(timer_t handle, int flags, const struct itimerspec *new,
                                struct itimerspec *old) __asm__("timer_settime");
int wrap_timer_settime(timer_t handle, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    struct board_timer *timer = ours(handle);
    if (!timer || !new || !is_time(&new->it_value) || !is_time(&new->it_interval))
        return next_timer_settime(handle, flags, new, old);
    struct itimerspec was = itimerspec_of(timer_setting(timer, now_ns()));
    set(timer, deadline_of(timer, flags, &new->it_value), ns_of_timespec(&new->it_interval));
    if (old)
        *old = was;
    return 0;
}

EXPORTED int wrap_timer_gettime(timer_t handle, struct itimerspec *now) __asm__("timer_gettime");
int wrap_timer_gettime(timer_t handle, struct itimerspec *now)
{
    struct board_timer *timer = ours(handle);
    if (!timer)
        return next_timer_gettime(handle, now);
    *now = itimerspec_of(timer_setting(timer, now_ns()));
    return 0;
}

EXPORTED int wrap_timer_getoverrun(timer_t handle) __asm__("timer_getoverrun");
int wrap_timer_getoverrun(timer_t handle)
{
    struct board_timer *timer = ours(handle);
    return timer ? (int)atomic_load(&timer->overrun) : next_timer_getoverrun(handle);
}

EXPORTED int wrap_timer_delete(timer_t handle) __asm__("timer_delete");
int wrap_timer_delete(timer_t handle)
{
    struct board_timer *timer = ours(handle);
    if (timer) {
        set(timer, BOARD_NEVER, 0);
        timer_free(timer);
    }
    return next_timer_delete(handle);
}
