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

enum {
    RULE_TEXT_MAX = 200,
    RULE_PROCESS_MAX = 32,
    RULES_MAX = 64,        /* of one text, command line or scenario */
    RULE_SITE_MAX = 96,    /* bytes of a site as written */
    RULE_SITE_RANGES = 64, /* places in memory a site may stand for: a line has several */
    RULE_MATCH_MAX = 96,   /* bytes of what is looked for */
};

/* The faults. The second word is the key in expressions and scenario files. */
#define FAULTS(FAULT)                                                                                        \
    FAULT(ERROR, "error", "ERRNO", "the call fails with that errno")                                         \
    FAULT(SHORT, "short", "N, N% or -N",                                                                     \
          "fewer bytes (of recvmmsg and sendmmsg: messages) than asked: at most N, that share of them, or "  \
          "all but N")                                                                                       \
    FAULT(EOF, "eof", "half or full", "end of file: the peer shut down its sending side, or closed")         \
    FAULT(RESET, "reset", "", "the connection is reset; at accept: dead on arrival")                         \
    FAULT(SILENCE, "silence", "",                                                                            \
          "half-open: nothing arrives any more, not even an answer to what is sent, and nothing says so")    \
    FAULT(DELAY, "delay", "T or T..T", "the thread stalls before the call")                                  \
    FAULT(RATE, "rate", "N/s or SIZE/s",                                                                     \
          "the thread stalls so that the long-run rate holds: calls, or bytes (1000B/s, 10KiB/s)")           \
    FAULT(DROP, "drop", "", "the datagram is lost")                                                          \
    FAULT(DUPLICATE, "duplicate", "", "the datagram arrives twice")                                          \
    FAULT(REORDER, "reorder", "N", "the datagram arrives after the N that follow it")                        \
    FAULT(CORRUPT, "corrupt", "N",                                                                           \
          "N bits are flipped on the way: under a checksum, the datagram is discarded")                      \
    FAULT(TRUNCATE, "truncate", "N", "at most N bytes of the message are given, the rest is gone")           \
    FAULT(SPURIOUS, "spurious", "", "the wait tells of data that then is not there")

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

/*
 * Places in the program: return addresses of calls, as offsets from where a module is loaded. Without ranges
 * a site is a text that the harness has still to look up (FILE:LINE, a function).
 */
struct rule_site {
    char text[RULE_SITE_MAX]; /* "" is every site */
    uint32_t range_count;
    struct rule_range {
        uint64_t module;       /* hash_bytes of the base name of its file; 0: the executable */
        uint64_t first, after; /* first <= offset < after */
        bool looked_up;        /* by the harness, not written so */
    } ranges[RULE_SITE_RANGES];
};

/* What is looked for in the bytes a call carries. */
struct rule_match {
    unsigned char bytes[RULE_MATCH_MAX]; /* or the regular expression, with a NUL behind it */
    uint32_t len;                        /* 0: anything */
    bool regex;
    uint32_t table; /* which of the board's matchers; given by the board */
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
    uint64_t amount; /* SHORT: bytes, or percent 1..99; RATE: a second; else the number the fault takes */
    bool in_bytes;   /* RATE: of bytes, not of calls */
    bool eof_full;   /* EOF */
    bool force;
    int64_t delay_min_ns, delay_max_ns; /* DELAY */
    /* selectors */
    uint64_t when_first, when_last, when_step; /* 1-based; last UINT64_MAX is open; default 1..,+1 */
    uint64_t chance_ppm;                       /* 1,000,000 is always */
    uint64_t times;                            /* at most so often; 0 is no bound */
    uint64_t after_bytes, until_bytes;         /* bytes gone that way on the connection: after <= n < until */
    int64_t after_ns, until_ns;                /* the same in time, since the rule was there */
    int32_t fd;                                /* -1 is any */
    bool has_peer, has_local;
    struct endpoint peer, local;
    uint32_t conn_first, conn_last; /* ordinals of connections, from 1; 0 and UINT32_MAX: any call */
    struct rule_site site;
    struct rule_match match;
    uint32_t scope;     /* enum rule_scope */
    uint32_t sleeps_on; /* number, from 1, of the rule that starts this one once it has fired for the last
                           time; 0: none, it applies at once */
    /* for reports */
    uint32_t line, column; /* where it was written; 0 for the command line */
};

/* The word of a fault or a scope. */
const char *fault_name(enum fault_kind kind);
const char *scope_name(enum rule_scope scope);

#endif
