/* What a thread is doing, as the harness sees it on the board. */
#ifndef SOCKFAULT_SHIM_THREAD_H
#define SOCKFAULT_SHIM_THREAD_H

#include "shim/model/board.h"

/* The calling thread's id (cached). */
int32_t thread_id(void);

/* Its slot on the board, taken if it has none yet; NULL: there is no room. */
struct board_thread *thread_slot(void);

/* The same without taking one: NULL, it has none. For the handler of a signal. */
struct board_thread *thread_known(void);

/* What the board says of a thread, in plain numbers; the fields are those of struct board_thread. */
struct activity {
    uint32_t call;
    int32_t fd;
    uint32_t connection;
    int64_t since_ns, asked;
    uint64_t site;
};

/*
 * Before and after a call that can block. A signal handler may make calls in the middle of another: what
 * thread_enters returns is what the thread was doing, for thread_leaves. A call that was left by siglongjmp
 * is overwritten by the next.
 */
struct activity thread_enters(const struct activity *now);
void thread_leaves(const struct activity *before);

/* After a fork: the child's one thread has neither its parent's id nor its slot. */
void thread_forget(void);

#endif
