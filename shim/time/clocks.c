/* Calls that read a clock. A clock that goes with the wall or since the start of the machine is ahead by what
 * was left out; one that counts a CPU's time is not. */
#include "shim/time/clocks.h"
#include "shim/clock.h"
#include "shim/intercept/wrappers.h"
#include "shim/know/thread.h"
#include "shim/state.h"
#include "shim/time/next.h"

#include <errno.h>

/* Whoever looks at a clock may give up by it. */
static void count_look(void)
{
    struct board_thread *thread = thread_known();
    if (thread)
        atomic_store_explicit(&thread->looks, atomic_load_explicit(&thread->looks, memory_order_relaxed) + 1,
                              memory_order_relaxed);
}

bool clock_is_real(clockid_t clock)
{
    /* The CPU clocks of processes and threads have negative numbers but for these two:
     * clock_getcpuclockid(3). */
    return clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID;
}

int64_t clock_ahead_ns(clockid_t clock)
{
    return shim.is_virtual && clock_is_real(clock) ? atomic_load(&shim.board->offset_ns) : 0;
}

int64_t clock_moment(clockid_t clock, const struct timespec *when)
{
    if (clock == CLOCK_MONOTONIC)
        return ns_of_timespec(when);
    struct timespec now = {0};
    int64_t ahead = clock_ahead_ns(clock);
    next_clock_gettime(clock, &now);
    return ns_after(now_ns(), ns_of_timespec(when) - ns_of_timespec(&now) - ahead);
}

struct timespec clock_real(clockid_t clock, const struct timespec *when)
{
    int64_t ns = ns_of_timespec(when), ahead = clock_ahead_ns(clock);
    if (ns == INT64_MAX)
        return *when;
    return timespec_of_ns(ns > ahead ? ns - ahead : 0);
}

void clock_put_ahead(struct timespec *time, int64_t ahead_ns)
{
    if (ahead_ns != 0)
        *time = timespec_of_ns(ns_of_timespec(time) + ahead_ns);
}

void clock_put_ahead_us(struct timeval *time, int64_t ahead_ns)
{
    int64_t us = time->tv_sec * INT64_C(1000000) + time->tv_usec + ahead_ns / 1000;
    if (ahead_ns != 0)
        *time = (struct timeval){us / 1000000, us % 1000000};
}

EXPORTED int wrap_clock_gettime(clockid_t clock, struct timespec *now) __asm__("clock_gettime");
int wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    /* First, so that a clock never seems to go back: what is added later shows at the next look. */
    int64_t ahead = clock_ahead_ns(clock);
    count_look();
    int result = next_clock_gettime(clock, now);
    if (result == 0)
        clock_put_ahead(now, ahead);
    return result;
}

EXPORTED int wrap_gettimeofday(struct timeval *now, void *zone) __asm__("gettimeofday");
int wrap_gettimeofday(struct timeval *now, void *zone)
{
    int64_t ahead = clock_ahead_ns(CLOCK_REALTIME);
    count_look();
    int result = next_gettimeofday(now, zone);
    if (result == 0 && now)
        clock_put_ahead_us(now, ahead);
    return result;
}

/* Of the coarse clock, as the kernel has it: another would be behind it for up to a tick. */
EXPORTED time_t wrap_time(time_t *now) __asm__("time");
time_t wrap_time(time_t *now)
{
    struct timespec coarse;
    count_look();
    if (clock_ahead_ns(CLOCK_REALTIME) == 0)
        return next_time(now);
    wrap_clock_gettime(CLOCK_REALTIME_COARSE, &coarse);
    if (now)
        *now = coarse.tv_sec;
    return coarse.tv_sec;
}

EXPORTED int wrap_timespec_get(struct timespec *now, int base) __asm__("timespec_get");
int wrap_timespec_get(struct timespec *now, int base)
{
    int64_t ahead = clock_ahead_ns(CLOCK_REALTIME);
    count_look();
    int result = next_timespec_get(now, base);
    if (result != 0)
        clock_put_ahead(now, ahead);
    return result;
}

ALIAS(gettimeofday, __gettimeofday)

EXPORTED int wrap_ftime(struct timeb *now) __asm__("ftime");
int wrap_ftime(struct timeb *now)
{
    int64_t ahead = clock_ahead_ns(CLOCK_REALTIME);
    count_look();
    int result = next_ftime(now);
    if (result == 0 && ahead != 0) {
        int64_t ms = now->time * INT64_C(1000) + now->millitm + ahead / 1000000;
        now->time = ms / 1000;
        now->millitm = (unsigned short)(ms % 1000);
    }
    return result;
}

/* What it returns counts since the start of the machine, in hundredths of a second whatever the kernel's own
 * tick is (USER_HZ). */
EXPORTED clock_t wrap_times(struct tms *used) __asm__("times");
clock_t wrap_times(struct tms *used)
{
    enum { NS_PER_TICK = 10000000 };
    int64_t ahead = clock_ahead_ns(CLOCK_BOOTTIME);
    count_look();
    clock_t result = next_times(used);
    return result == (clock_t)-1 ? result : result + (clock_t)(ahead / NS_PER_TICK);
}

EXPORTED int wrap_sysinfo(struct sysinfo *info) __asm__("sysinfo");
int wrap_sysinfo(struct sysinfo *info)
{
    int64_t ahead = clock_ahead_ns(CLOCK_BOOTTIME);
    count_look();
    int result = next_sysinfo(info);
    if (result == 0)
        info->uptime += (long)(ahead / 1000000000);
    return result;
}
