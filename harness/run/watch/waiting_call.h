/* What one thread is doing, in words. */
#ifndef SOCKFAULT_RUN_WAITING_CALL_H
#define SOCKFAULT_RUN_WAITING_CALL_H

#include "harness/program/program.h"
#include "harness/quiet/tasks.h"
#include "shim/model/board.h"

struct thread_wait {
    char *text;                /* "waits in recv() at client.c:29 on connection 1 for up to 1023 bytes" */
    int64_t since_ns, left_ns; /* so long so far, and until its timeout; -1: not known, or none */
};

/* What the words are made from. */
struct wait_view {
    const struct board *board;
    struct sites *sites; /* NULL: without places */
    int64_t now_ns;      /* board_time */
    bool may_stop;
};

/*
 * Says what it waits in, where, on what and for what, from what it published on the board and from what the
 * kernel tells of the call it is asleep in. Where the two do not fit (a signal handler waits in the middle of
 * a call), the kernel is right. Of a call that was not published the place is found by its stack, if
 * view->may_stop: the thread is stopped for a moment then (stack_site). text is malloc'd; NULL: no memory.
 */
void thread_wait_tell(const struct wait_view *view, const struct task *task, struct thread_wait *ret);

#endif
