/*
 * What the programs about waits share. They know nothing of virtual time: each waits for WAIT_MS milliseconds
 * (of the environment; 30 s without it) by its own clock, and says whether it was so.
 */
#ifndef SOCKFAULT_TESTS_TIME_ELAPSED_H
#define SOCKFAULT_TESTS_TIME_ELAPSED_H

#include "tests/shim/check.h"

#include <pthread.h>
#include <stdint.h>
#include <time.h>

enum { SLACK_MS = 500 }; /* on a machine that is busy with something else */

__attribute__((unused)) static int64_t wait_ms(void)
{
    const char *text = getenv("WAIT_MS");
    return text ? atoll(text) : 30000;
}

__attribute__((unused)) static int64_t now_ms(clockid_t clock)
{
    struct timespec now;
    MUST(clock_gettime(clock, &now));
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

__attribute__((unused)) static struct timespec time_of_ms(int64_t ms)
{
    return (struct timespec){ms / 1000, ms % 1000 * 1000000};
}

/* That long from now by that clock, to the nanosecond. */
__attribute__((unused)) static struct timespec time_in(clockid_t clock, int64_t ms)
{
    struct timespec now;
    MUST(clock_gettime(clock, &now));
    int64_t ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec + ms * 1000000;
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

/* What follows takes so long, and ends no earlier; a millisecond is what rounding makes. */
#define TAKES(ms, ...)                                                                                       \
    do {                                                                                                     \
        int64_t takes_from = now_ms(CLOCK_MONOTONIC), takes_wanted = (ms);                                   \
        __VA_ARGS__;                                                                                         \
        int64_t takes_got = now_ms(CLOCK_MONOTONIC) - takes_from;                                            \
        CHECK(takes_got >= takes_wanted - 1 && takes_got <= takes_wanted + SLACK_MS,                         \
              "%s took %lld ms, expected %lld", #__VA_ARGS__, (long long)takes_got,                          \
              (long long)takes_wanted);                                                                      \
    } while (0)

/* A thread that does something to another after a while. */
struct later {
    int64_t ms;
    pthread_t target;
    int signal;                    /* 0: none */
    void (*act)(void *), *context; /* act may be NULL */
    pthread_t thread;
};

__attribute__((unused)) static void *run_later(void *context)
{
    struct later *later = context;
    struct timespec time = time_of_ms(later->ms);
    while (nanosleep(&time, &time) < 0)
        ;
    if (later->signal)
        pthread_kill(later->target, later->signal);
    if (later->act)
        later->act(later->context);
    return NULL;
}

__attribute__((unused)) static void start_later(struct later *later)
{
    later->target = pthread_self();
    EXPECT(pthread_create(&later->thread, NULL, run_later, later), 0);
}

__attribute__((unused)) static void end_later(struct later *later)
{
    EXPECT(pthread_join(later->thread, NULL), 0);
}

static volatile sig_atomic_t handled __attribute__((unused));

__attribute__((unused)) static void on_handled(int number)
{
    handled = number;
}

__attribute__((unused)) static void handle(int number, int flags)
{
    struct sigaction action = {.sa_handler = on_handled, .sa_flags = flags};
    handled = 0;
    MUST(sigaction(number, &action, NULL));
}

#endif
