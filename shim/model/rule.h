/*
 * A rule: process + calls + selector + fault, as it stands on the board. Plain data without pointers, since
 * shim and harness map the board at different addresses. Made by expr.c (from an expression) or rule_set
 * (from a scenario's keys).
 */
#ifndef SOCKFAULT_MODEL_RULE_H
#define SOCKFAULT_MODEL_RULE_H

#include "shim/model/calls.h"

#include <stdbool.h>
#include <stdint.h>

enum { RULE_TEXT_MAX = 200, RULE_PROCESS_MAX = 32, RULES_MAX = 64 };

/* The faults. The second word is the key in expressions and scenario files. */
#define FAULTS(FAULT)                                                                                        \
    FAULT(ERROR, "error", "ERRNO", "the call fails with that errno")                                         \
    FAULT(SHORT, "short", "N, N% or -N",                                                                     \
          "fewer bytes than asked: at most N, that share of them, or all but N")                             \
    FAULT(EOF, "eof", "half or full", "end of file: the peer shut down its sending side, or closed")         \
    FAULT(RESET, "reset", "", "the connection is reset; at accept: dead on arrival")                         \
    FAULT(DELAY, "delay", "T or T..T", "the thread stalls before the call")

enum fault_kind {
    FAULT_NONE,
#define FAULT(id, word, value, help) FAULT_##id,
    FAULTS(FAULT)
#undef FAULT
        FAULT_COUNT
};

enum amount_kind { AMOUNT_BYTES, AMOUNT_PERCENT, AMOUNT_ALL_BUT };

/* What `when` counts. PROCESS is a scenario's process with all its descendants. */
#define RULE_SCOPES(SCOPE)                                                                                   \
    SCOPE(PROCESS, "process")                                                                                \
    SCOPE(THREAD, "thread")                                                                                  \
    SCOPE(CONNECTION, "connection")                                                                          \
    SCOPE(SITE, "site")                                                                                      \
    SCOPE(ALL, "all")

enum rule_scope {
#define SCOPE(id, word) SCOPE_##id,
    RULE_SCOPES(SCOPE)
#undef SCOPE
        SCOPE_COUNT
};

/* An address a rule or a socket has: family AF_INET, AF_INET6 or AF_UNIX; AF_UNSPEC is none. */
struct endpoint {
    uint16_t family;
    uint16_t port;        /* host order; 0 in a rule is any */
    unsigned char ip[16]; /* AF_INET: the first four bytes */
    uint64_t path_hash;   /* AF_UNIX: of the path or abstract name, see endpoint.h */
};

struct rule {
    char text[RULE_TEXT_MAX];       /* as it was written, for messages; normalised by rule_describe */
    uint64_t text_hash;             /* what draws are keyed by */
    char process[RULE_PROCESS_MAX]; /* "" is every process */
    struct call_set calls;          /* all of them; a family has lost those where the fault is impossible */
    struct call_set named;          /* those that were named one by one */
    uint32_t fault;                 /* enum fault_kind */
    int32_t err;                    /* ERROR; RESET has ECONNRESET */
    uint32_t amount_kind;           /* SHORT: enum amount_kind */
    uint64_t amount;                /* SHORT: bytes, or percent 1..99 */
    bool eof_full;                  /* EOF */
    bool force;
    int64_t delay_min_ns, delay_max_ns; /* DELAY */
    /* selectors */
    uint64_t when_first, when_last, when_step; /* 1-based; last UINT64_MAX is open; default 1..,+1 */
    uint64_t chance_ppm;                       /* 1,000,000 is always */
    uint64_t times;                            /* at most so often; 0 is no bound */
    uint64_t after_bytes; /* only once that many bytes have gone that way on the connection */
    int32_t fd;           /* -1 is any */
    bool has_peer;
    struct endpoint peer;
    uint32_t scope; /* enum rule_scope */
    /* for reports */
    uint32_t line, column; /* where it was written; 0 for the command line */
};

/* The word of a fault or a scope. */
const char *fault_name(enum fault_kind kind);
const char *scope_name(enum rule_scope scope);

#endif
