/*
 * The shim's one state: everything mutable it has outside the board. Nothing here may be touched with a lock
 * held or from a vfork child, which borrows its parent's memory (state_is_borrowed).
 */
#ifndef SOCKFAULT_SHIM_STATE_H
#define SOCKFAULT_SHIM_STATE_H

#include "shim/know/gcov.h"
#include "shim/model/board.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unwind.h>

/* A variable that exec wrappers put back into whatever environment the program builds. */
struct kept_variable {
    const char *name;
    char setting[4096 + 32]; /* "NAME=VALUE"; empty: was not set */
};
/* libgcc's, for surveys (know/callers.h); NULL: there is none. */
struct unwinder {
    _Unwind_Reason_Code (*walk)(_Unwind_Trace_Fn each, void *argument);
    _Unwind_Ptr (*address)(struct _Unwind_Context *context, int *ret_interrupted);
};

enum { KEPT_PRELOAD, KEPT_BOARD, KEPT_PROCESS, KEPT_RULES, KEPT_TRACE, KEPT_SEED, KEPT_COUNT };

struct shim {
    const _Atomic uint64_t *armed; /* never NULL: all zero until there is a board */
    struct board *board;           /* NULL: the shim is idle */
    struct board_process *process; /* NULL when the board had no slot left */
    pthread_once_t once;           /* of shim_start */
    _Atomic bool is_started;       /* the constructor is over */
    bool is_virtual;               /* its clock is the board's, and what waits for time waits for that */
    uint32_t role;
    pid_t pid;                       /* as of the constructor or the last fork */
    _Atomic uint64_t fruitful_waits; /* waits that returned something, and other news of data */
    _Atomic bool waits_decide;  /* waits have said since then which datagrams they told of (act/ahead.h) */
    _Atomic bool has_looked_up; /* somebody was asked for a name or an address: nsswitch.conf is read */
    struct unwinder unwinder;
    struct gcov_runtime gcov[GCOV_FILES];
    size_t gcov_count;      /* 0: nothing is counted, or nobody asked for it */
    void (*next_exit)(int); /* the next _exit(2); NULL: not yet */
    struct kept_variable kept[KEPT_COUNT];
};

extern struct shim shim __attribute__((visibility("hidden")));

/*
 * The constructor, which does nothing the second time. Constructors of libraries run before it: what must not
 * be met by glibc's own calls from before calls it first. Neither async-signal-safe nor for what an allocator
 * calls.
 */
void shim_start(void);

/* The one test on the fast path. */
static inline bool call_is_idle(enum call_id id)
{
    const _Atomic uint64_t *armed = shim.armed + id / 64;
    return __builtin_expect(!(atomic_load_explicit(armed, memory_order_relaxed) >> (id % 64) & 1), 1);
}

/* Whether this process runs in its parent's memory (vfork): what it does to descriptors is no business of
 * ours then. */
bool state_is_borrowed(void);

/*
 * Counts what may have told the program of data since: fruitful waits, and rules that came while it ran,
 * before which nobody looked.
 */
static inline uint64_t state_news(void)
{
    return atomic_load(&shim.fruitful_waits) + atomic_load(&shim.board->additions);
}

/* Wakes the harness, if one watches. */
void state_ring(void);

/* Called in the child after fork(): it is a process of its own. */
void state_after_fork(void);

/* Claims a slot on the board and says hello. */
void state_hello(void);

#endif
