/*
 * What a program did about time that cannot be virtual: from then on its experiment is only right in real
 * time. One row a reason: UNSEEN(id, text), the text a noun phrase that a report can say after "since it
 * used".
 */
#ifndef SOCKFAULT_MODEL_UNSEEN_H
#define SOCKFAULT_MODEL_UNSEEN_H

#include <stddef.h>
#include <stdint.h>

#define UNSEEN_REASONS(UNSEEN)                                                                               \
    UNSEEN(TIMER_THREAD, "timer_create with SIGEV_THREAD")                                                   \
    UNSEEN(TIMER_VFORK, "a timer that is set between vfork and exec")                                        \
    UNSEEN(TIMERS_FULL, "more timers than there is room for")                                                \
    UNSEEN(MUTEX_TIMEDLOCK, "pthread_mutex_timedlock")                                                       \
    UNSEEN(RWLOCK_TIMEDLOCK, "pthread_rwlock_timedrdlock or pthread_rwlock_timedwrlock")                     \
    UNSEEN(RAW_CLOCK, "a way of reading the clock that is seldom met, such as adjtimex")                     \
    UNSEEN(RAW_SLEEP, "a system call that sleeps, made by number")                                           \
    UNSEEN(RAW_TIMER, "a system call that sets a timer, made by number")                                     \
    UNSEEN(TIMED_JOIN, "pthread_timedjoin_np or pthread_clockjoin_np")                                       \
    UNSEEN(MESSAGE_QUEUE, "mq_timedsend or mq_timedreceive")                                                 \
    UNSEEN(SEMTIMEDOP, "semtimedop")                                                                         \
    UNSEEN(AIO_SUSPEND, "aio_suspend with a timeout")

/* Bits of board->unseen. */
enum unseen {
#define UNSEEN(id, text) UNSEEN_##id,
    UNSEEN_REASONS(UNSEEN)
#undef UNSEEN
        UNSEEN_COUNT
};
_Static_assert(UNSEEN_COUNT <= 32, "board->unseen has 32 bits");

/* The first reason from number `*from` on in `bits`, and *from moved behind it; NULL: there are no more. */
const char *unseen_next(uint32_t bits, unsigned *from);

#endif
