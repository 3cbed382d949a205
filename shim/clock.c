#include "shim/clock.h"
#include "shim/state.h"
#include "shim/time/next.h"
#include "shim/time/wait.h"

#include <errno.h>

int64_t real_ns(void)
{
    struct timespec t;
    next_clock_gettime(CLOCK_MONOTONIC, &t);
    return ns_of_timespec(&t);
}

int64_t now_ns(void)
{
    return shim.board ? board_time(shim.board, real_ns()) : real_ns();
}

void stall(int64_t ns)
{
    int saved = errno;
    int64_t end = now_ns() + ns;
    struct wait wait;
    for (int64_t left = ns; left > 0; left = end - now_ns()) {
        struct timespec time = timespec_of_ns(left);
        wait_begin(&wait, end);
        next_nanosleep(&time, NULL);
        wait_end(&wait);
    }
    errno = saved;
}
