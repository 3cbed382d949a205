/*
 * Whether anything can still happen. Nothing can when every thread of every participant sleeps in a call that
 * is known, nothing is under way between their sockets, and a moment later not one of them has stirred. Then
 * time alone can move them, and until when they sleep stands on the board; where nobody sleeps until
 * anything, they sleep for ever: a proven hang. What cannot be seen is never taken for rest.
 */
#ifndef SOCKFAULT_QUIET_H
#define SOCKFAULT_QUIET_H

#include "harness/quiet/softirq.h"
#include "harness/quiet/tasks.h"
#include "harness/quiet/timerfds.h"
#include "shim/model/board.h"

/* Who takes part. */
struct quiet_scope {
    struct board *board;
    struct tasks_of of;
    bool private_network; /* nobody else is in the network namespace */
    pid_t spared;         /* a thread below it that may run all the while, and does nothing; 0: none */
    const struct softirq *softirq; /* opened, or NULL: they are not to be seen */
    bool listeners_open;           /* else: somebody else may connect to them */
};

enum quiet_state {
    QUIET_BUSY,   /* a thread runs, or has just stirred */
    QUIET_MOVING, /* something is under way */
    QUIET_KERNEL, /* a timer of the kernel's will change things: it can only be waited for */
    QUIET_UNSEEN, /* somebody waits for what is not seen: `why`, of thread `tid` in process `pid` (0: none) */
    QUIET_REST,   /* nothing happens before due_ns */
};

struct quiet_answer {
    enum quiet_state state;
    int64_t due_ns; /* REST: by board_time; BOARD_NEVER: nothing ever happens again */
    bool by_kernel; /* REST: nobody is due then, but the kernel may give a connection up that is half-open */
    const char *why;
    bool stranger; /* UNSEEN: that process is not under the shim at all */
    pid_t pid, tid;
    int number; /* UNSEEN: of the system call it is in */
};

struct quiet {
    struct quiet_scope scope;
    struct tasks before;
    uint64_t calls; /* begun by then */
    int64_t
        doomed_since_ns; /* board_time: since then the kernel has sent in vain at every look; 0: it has not */
    struct timerfds timerfds; /* that are armed, for as long as it is REST: quiet_release */
};

/* Between the two looks: what was just about to wake has done so. */
#define QUIET_MOMENT_NS 100000

/* The first look: whether they seem to rest. They do only if quiet_goes_on a moment later, whatever the
 * caller did meanwhile. */
void quiet_begin(struct quiet *quiet, struct quiet_answer *ret);

/* The second, after one that said REST: whether not one of them has stirred since. */
bool quiet_goes_on(struct quiet *quiet);

/* Both, and the moment in between. */
void quiet_look(struct quiet *quiet, struct quiet_answer *ret);
void quiet_free(struct quiet *quiet);

/* Before they go on: a timerfd of theirs that we have as well would outlive its close. */
void quiet_release(struct quiet *quiet);

/* Calls begun by all threads of the board so far: a cheap sign that something goes on. */
uint64_t quiet_calls(const struct board *board);

#endif
