/*
 * Timers that are descriptors. They are the kernel's own and count real time; who advances the clock moves
 * them on (harness/quiet/timerfds.h). An absolute time is the programs', which is ahead of the kernel's.
 */
#include "shim/clock.h"
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/time/clocks.h"
#include "shim/time/next.h"

EXPORTED int wrap_timerfd_create(int clock, int flags) __asm__("timerfd_create");
int wrap_timerfd_create(int clock, int flags)
{
    int fd = next_timerfd_create(clock, flags);
    if (fd >= 0 && shim.board)
        atomic_fetch_add(&shim.board->timerfds, 1);
    return fd;
}

EXPORTED int wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new,
                                  struct itimerspec *old) __asm__("timerfd_settime");
int wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    /* Those timers have clocks that all are ahead alike. */
    int64_t ahead = clock_ahead_ns(CLOCK_REALTIME);
    if (!(flags & TFD_TIMER_ABSTIME) || ahead == 0 || !new || !is_time(&new->it_value) ||
        is_zero(&new->it_value))
        return next_timerfd_settime(fd, flags, new, old);
    struct itimerspec real = *new;
    int64_t when = ns_of_timespec(&new->it_value) - ahead;
    real.it_value = timespec_of_ns(when > 0 ? when : 1); /* 0 would disarm it */
    return next_timerfd_settime(fd, flags, &real, old);
}
