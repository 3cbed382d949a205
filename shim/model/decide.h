/*
 * Deciding: call, socket, counters -> decision. Knows nothing of LD_PRELOAD and asks the kernel nothing: what
 * it needs to know comes in through struct query and a function that gathers facts when a rule is about to
 * fire.
 */
#ifndef SOCKFAULT_MODEL_DECIDE_H
#define SOCKFAULT_MODEL_DECIDE_H

#include "shim/model/board.h"
#include "shim/model/hash.h"
#include "shim/model/legal.h"

/*
 * When a rule is tried. Faults that end a connection must come before a wait tells the program of data, or
 * that data would be read first: they are tried when a wait is about to return (AHEAD), for the receive that
 * is to follow. Faults of a connection that was still queued are tried when accept has one (ACCEPTED): what
 * `when` counts there is connections.
 */
enum decide_phase {
    DECIDE_ALL,      /* at the call: every rule, but for accept those of DECIDE_ACCEPTED */
    DECIDE_AHEAD,    /* at the end of a wait: only rules that end connections */
    DECIDE_REST,     /* at the call that was decided ahead: every other rule */
    DECIDE_ACCEPTED, /* after an accept that succeeded: only what can have happened to that connection before
                      */
};

/* Whether the rule makes a connection end: by RST, by end of file, or by an error TCP gives when it gives up.
 */
bool decide_ends_connection(const struct rule *rule);

/* One call about to be made. */
struct query {
    enum call_id call;
    enum decide_phase phase;
    enum call_id foreseen; /* DECIDE_REST: the call that was decided ahead; it need not be this one */
    uint32_t role;
    int32_t tid;
    int32_t fd;                  /* -1: none */
    bool is_socket;              /* fd is one */
    uint32_t connection;         /* 0: none */
    uint64_t bytes;              /* gone that way on the connection so far */
    const struct endpoint *peer; /* of the socket, or the address given; NULL: unknown */
    uint64_t site;               /* return address */
    uint64_t asked;              /* bytes asked for, where the call has a length */
    /* Which of `wanted` hold. Called only when a rule matches and its turn has come. */
    conditions (*facts)(void *context, conditions wanted);
    void *context;
};

/* What is to be done. With no fault but a delay, rule is -1 and recipe RECIPE_NONE. */
struct decision {
    int rule; /* index of the rule that replaces or changes the call, or -1 */
    enum recipe recipe;
    int err;           /* errno for the recipe */
    uint64_t length;   /* RECIPE_CUT: at most so many bytes */
    uint64_t boundary; /* a rule with `after` is to meet the connection that many bytes from here; 0: none */
    bool eof_full;
    int64_t delay_ns; /* the sum of all delays that fired */
    int delay_rule;   /* the last of them, or -1 */
    bool forced;      /* illegal here, and let through */
};

/*
 * Rules are tried in the order written. Delays add up; the first fault that replaces the call wins and the
 * rest do not count as fired. A receive or send that would run past the `after` of a rule that ends the
 * connection is cut there (RECIPE_CUT with rule -1), so that exactly so many bytes go before. Counts what
 * matched, fired and was refused on the board. Async-signal-safe. Returns whether anything is to be done.
 */
bool decide(struct board *board, const struct query *query, struct decision *ret);

/* Takes back a fault that came to nothing (a cut where there was no more to give): it has not fired. */
void decision_undo(struct board *board, struct decision *decision);

#endif
