/*
 * Threads on the board: the slot each has there, and the waits it publishes in it. Pure: whoever takes part
 * brings the system calls. In a program that is the shim (know/thread.c, time/wait.c), and a scripted peer
 * does it for itself (harness/peer/clock.c).
 */
#ifndef SOCKFAULT_MODEL_THREADS_H
#define SOCKFAULT_MODEL_THREADS_H

#include "shim/model/board.h"

#include <stdbool.h>

/*
 * A slot for that thread of that process: the one it had before an exec, the first free one,
 * or that of a thread of which is_dead says so; NULL: there is no room, it goes unpublished.
 * Async-signal-safe if is_dead is.
 */
struct board_thread *board_thread_claim(struct board *board, int32_t tid, int32_t pid,
                                        bool (*is_dead)(int32_t pid, int32_t tid));

/* What a thread itself remembers of its waits; zeroed at first. Its handler of TIME_SIGNAL reads it. */
struct waiter {
    _Atomic uint32_t numbers;  /* of waits, given out so far */
    _Atomic uint32_t expected; /* the one whose kicks are counted */
    _Atomic uint64_t leaving;  /* the one it is just taking back, as it stood on the board; 0: none */
    _Atomic uintptr_t frame;   /* where on its stack the one that is published is; 0: none is */
};

/*
 * A wait that is published, and where the thread was in its last one. Waits nest: a signal handler may wait
 * as well, wherever in these functions it interrupts, and what it interrupted goes on when it returns. One
 * that was left by siglongjmp(3) is forgotten by the next that is not further down the stack.
 */
struct wait {
    bool begun;
    uint64_t outer; /* the wait that was interrupted, as it stood on the board; 0: none */
    int64_t outer_deadline_ns;
    uint64_t outer_leaving;
    uintptr_t outer_frame;
    uint32_t outer_expected, outer_arrived;
};

/* A way to let others go on, as sched_yield(2) is. Not 0: what is waited for will not come. */
typedef int give_way(void);

/* Publishes the calling thread's wait: by deadline_ns of board_time (BOARD_NEVER) it will have ended. */
void wait_publish(struct wait *wait, struct waiter *waiter, struct board_thread *thread, int64_t deadline_ns,
                  give_way *yield);

/*
 * Takes it back. Returns whether its time is up: it was kicked. Every kick that was announced has arrived
 * then, and no other will be: none meets what the thread does next.
 */
bool wait_retract(struct wait *wait, struct waiter *waiter, struct board_thread *thread, give_way *yield);

/* In the handler of TIME_SIGNAL, of the thread that was sent it: counts a kick with that number. */
void wait_kicked(const struct waiter *waiter, struct board_thread *thread, uint32_t number);

#endif
