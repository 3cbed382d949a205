#include "reference/deadline.h"

#include <limits.h>
#include <time.h>

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t deadline_after(int64_t milliseconds)
{
    return now() + milliseconds * 1000000;
}

int deadline_left(int64_t deadline)
{
    int64_t left = (deadline - now() + 999999) / 1000000;

    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
