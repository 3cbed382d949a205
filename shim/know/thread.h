/* What a thread is doing, as the harness sees it on the board. */
#ifndef SOCKFAULT_SHIM_THREAD_H
#define SOCKFAULT_SHIM_THREAD_H

#include "shim/intercept/attempt.h"

/* The calling thread's id (cached). */
int32_t thread_id(void);

/* Before and after a call that can block. A call that was left by siglongjmp is overwritten by the next. */
void thread_enters(const struct attempt *at);
void thread_leaves(void);

/* After a fork: the child's one thread has neither its parent's id nor its slot. */
void thread_forget(void);

#endif
