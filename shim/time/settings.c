/*
 * Calls that set a clock, or read one while they are about it. What is set is the machine's clock: it is not
 * to be ahead when the experiment is over.
 */
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/time/clocks.h"
#include "shim/time/next.h"
#include "shim/time/unseen.h"

EXPORTED int wrap_clock_settime(clockid_t clock, const struct timespec *now) __asm__("clock_settime");
int wrap_clock_settime(clockid_t clock, const struct timespec *now)
{
    if (!shim.is_virtual || !is_time(now))
        return next_clock_settime(clock, now);
    struct timespec real = clock_real(clock, now);
    return next_clock_settime(clock, &real);
}

EXPORTED int wrap_settimeofday(const struct timeval *now,
                               const struct timezone *zone) __asm__("settimeofday");
int wrap_settimeofday(const struct timeval *now, const struct timezone *zone)
{
    if (!shim.is_virtual || !now)
        return next_settimeofday(now, zone);
    struct timeval real = *now;
    clock_put_ahead_us(&real, -clock_ahead_ns(CLOCK_REALTIME));
    return next_settimeofday(&real, zone);
}

#define ADJUSTMENT(name, params, args)                                                                       \
    EXPORTED int wrap_##name params __asm__(#name);                                                          \
    int wrap_##name params                                                                                   \
    {                                                                                                        \
        unseen_mark(UNSEEN_RAW_CLOCK);                                                                       \
        return next_##name args;                                                                             \
    }
ADJUSTMENT(adjtimex, (struct timex * state), (state))
ALIAS(adjtimex, __adjtimex)
ADJUSTMENT(ntp_adjtime, (struct timex * state), (state))
ADJUSTMENT(clock_adjtime, (clockid_t clock, struct timex *state), (clock, state))
ADJUSTMENT(ntp_gettimex, (struct ntptimeval * now), (now))
