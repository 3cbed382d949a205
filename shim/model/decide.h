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
 * When a rule is tried. Most at the call itself. Faults that end a connection, or keep a datagram away, must
 * come before a wait tells the program of data: they are tried when a wait is about to return (AHEAD), for
 * the receive that is to follow. What depends on what has come (the fate of a datagram, bytes to match) is
 * tried once something is there to be received (ARRIVED). Faults of a connection that was still queued are
 * tried when accept has one (ACCEPTED): what `when` counts there is connections.
 */
enum decide_phase {
    DECIDE_CALL,    /* at the call */
    DECIDE_AHEAD,   /* at the end of a wait */
    DECIDE_ARRIVED, /* at a receive, data is there */
    DECIDE_ACCEPTED /* after an accept that succeeded */
};

/* Whether the rule makes a connection end: by RST, by end of file, or by an error TCP gives when it gives up.
 */
bool decide_ends_connection(const struct rule *rule);

/* Whether the rule must be tried before a wait tells of what the call is about. */
bool decide_comes_ahead(const struct rule *rule);

/* Whether at that call the rule is tried only once data is there; at sendmmsg, once for each message. */
bool decide_looks(const struct rule *rule, enum call_id call);

/* One call about to be made. */
struct query {
    enum call_id call;
    enum decide_phase phase;
    bool was_ahead;        /* a receive: what comes ahead was decided when the wait before it returned ... */
    enum call_id foreseen; /* ... for this call; it need not be the one that came */
    bool filtered;         /* waits tell of no datagram with a bad checksum (the socket is not O_NONBLOCK) */
    int64_t now_ns;        /* CLOCK_MONOTONIC */
    uint32_t role;
    int32_t tid;
    int32_t fd;                  /* -1: none */
    bool is_socket;              /* fd is one */
    uint32_t connection;         /* 0: none */
    uint64_t bytes;              /* gone that way on the connection so far */
    const struct endpoint *peer; /* of the socket, or the address given; NULL: unknown */
    const struct endpoint *local;
    uint64_t site;     /* return address */
    uint64_t asked;    /* bytes asked for, where the call has a length */
    uint64_t messages; /* asked for, where the call counts them (COUNTS); else 0 */
    /* Which of `wanted` hold. Called only when a rule matches and its turn has come. */
    conditions (*facts)(void *context, conditions wanted);
    /* Whether the call was made at that site; whether it carries what rule `index` looks for. Called only
     * where a rule has such a selector and every other one fits. */
    bool (*at_site)(void *context, const struct rule_site *site);
    bool (*carries)(void *context, uint32_t index);
    /*
     * In a survey, told of every fault that fires: `nth` is the call's number, from 1, among those of this
     * call, role and connection (none: of this call and role), as a rule without any other selector counts;
     * 0: there was no counter left. `delay_ns` is 0 of what does not stall; `amount` the bytes (or messages)
     * of a SHORT, else the number the fault takes. NULL: nobody wants to know.
     */
    void (*fires)(void *context, uint32_t rule, uint64_t nth, int64_t delay_ns, uint64_t amount);
    void *context;
};

/* What is to be done. With no fault but a delay, rule is -1 and recipe RECIPE_NONE. */
struct decision {
    int rule; /* index of the rule that replaces or changes the call, or -1 */
    enum recipe recipe;
    int err;         /* errno for the recipe */
    uint64_t length; /* RECIPE_CUT: at most so many bytes; else the number the fault takes */
    uint64_t draw;   /* for faults that choose (CORRUPT): a number that depends on seed, rule, connection and
                        ordinal */
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

/* The same, and it counts as refused: the condition has ceased to hold since it was decided. */
void decision_refuse(struct board *board, struct decision *decision, enum condition_bit missing);

#endif
