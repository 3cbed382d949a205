/*
 * What came of one experiment: a finished tree of plain data. Experiments fill it in, the judge adds verdict
 * and failures, reports read it. It crosses from the experiment's own process to the harness as JSON
 * (result_to_json, result_from_json).
 */
#ifndef SOCKFAULT_RESULT_H
#define SOCKFAULT_RESULT_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict {
#define VERDICT(id, name, title, class, gravity) VERDICT_##id,
#include "harness/run/result/verdicts.def"
#undef VERDICT
    VERDICT_COUNT
};

/* What a verdict counts as: TROUBLE says nothing about the programs. */
enum verdict_class { VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED, VERDICT_TROUBLE };

/* Something that did not hold. */
struct failure {
    char *process;  /* name, or NULL */
    char *what;     /* "exit", "stdout", "rule 1", "fds" ... */
    char *expected; /* one line, or several for text */
    char *got;
    char *file; /* where it was expected */
    int line, column;
};

/* What a process did. */
struct process_result {
    char *name;    /* "client", "client#2" of several, "client#next" for a serves: probe */
    int pid;       /* inside the experiment */
    char *command; /* for messages: arguments quoted for a shell */
    bool started, ended, stopped_by_us, killed_by_us;
    bool kept;  /* a service that lives on, and serves other experiments */
    int status; /* exit status, -1 when ended by a signal or not ended */
    int signal;
    int64_t elapsed_ns;
    bool hello;      /* the shim spoke */
    char *out, *err; /* what is kept, with a terminating NUL; NULs inside: see the lengths */
    size_t out_len, err_len;
    bool out_cut, err_cut;     /* more was written than output_limit */
    int fds_before, fds_after; /* -1: not taken */
    int zombies;               /* -1: not taken */
    uint64_t memory_peak;      /* bytes, the most that was seen of it or one of its children; 0: none was */
    char *memory_cut; /* it had more than memory_limit: how much, and where it ran; NULL: it had not */
    uint64_t bytes_received, bytes_sent;
    uint64_t calls; /* that it and its descendants began, of those the shim is in */
    char *memory;   /* memory_errors, or NULL */
    char *waiting;  /* when it got no further: "waits in recv() at client.c:29 on connection 1", or NULL */
};

/* What a rule did. */
struct rule_result {
    char *text;  /* as written */
    char *place; /* FILE:LINE:COLUMN or "--fault#1" */
    uint64_t matched, fired, refused, forced;
    char *refused_why; /* or NULL */
    bool optional;
};

/* A line of the trace, ready to print but for colour. */
struct trace_line {
    int64_t time_ns; /* since the experiment began */
    char *process;   /* "client" */
    int pid, tid;
    char *text;     /* "recv(5, 4096) = 1" */
    char *injected; /* "short=1 (rule 1)", or NULL */
    char *site;     /* "client.c:88", "libc.so.6+0x1234", or NULL */
    uint32_t connection;
    uint64_t
        left_out; /* lines between the one before and this one that were not kept; 0: none, or not known */
};

struct result {
    char *file; /* scenario */
    int line;   /* of the experiment in it; 0: not known (the judge fills it in) */
    char *name; /* of the experiment */
    char **tags;
    size_t tag_count;
    int points;
    enum verdict verdict;
    char *reason; /* skip, void, error, timeout, hang, spin: a line; of the last two, then one for each that
                     waits */
    uint64_t seed;
    int64_t elapsed_ns;
    int64_t advanced_ns;   /* what virtual time left out; 0: the clock ran by itself */
    uint64_t jumps, looks; /* so often the clock was advanced since a program waited; so often was looked */
    struct process_result *processes;
    size_t process_count;
    struct rule_result *rules;
    size_t rule_count;
    struct failure *failures;
    size_t failure_count;
    struct trace_line
        *trace; /* the last lines before the end or around the fault; only when it did not pass */
    size_t trace_count;
    uint64_t trace_total, trace_lost;
    char *repeat;        /* the command that runs just this experiment again */
    char *notes;         /* fallbacks used, one a line, or NULL */
    unsigned int served; /* so many experiments its services had served before */
    bool doubted; /* ... and they did not end as they do without a fault: what they served is to be done anew
                   */
    char *again;  /* it came to nothing, and is to be run anew in real time: why; NULL: it did not. Only until
                     it is */
};

/* A whole run. */
struct results {
    struct result *items;
    size_t count, capacity;
    uint64_t passed, failed, skipped;
    int64_t elapsed_ns;
    uint64_t seed;
};

/* "pass", and for people "ok"; "?" of what is none. */
const char *verdict_name(enum verdict verdict);
const char *verdict_title(enum verdict verdict);
enum verdict_class verdict_class(enum verdict verdict);

/* Whether `verdict` tells more than `other`, and has to stay. */
bool verdict_outweighs(enum verdict verdict, enum verdict other);

void result_free(struct result *result);
void results_free(struct results *results);
/* Takes the contents of *result over (it is zeroed) and counts its verdict: pass, skip; all else has failed.
 */
void results_add(struct results *results, struct result *result);

/* Adds a failure; strings are copied; any may be NULL. A verdict of PASS becomes FAIL. */
void result_fail(struct result *result, const char *process, const char *what, const char *expected,
                 const char *got, const char *file, int line, int column);

/*
 * JSON text on one line, malloc'd, of all the fields above. Bytes that are not UTF-8 are written as U+FFFD;
 * of a string over 64 KiB the middle is left out, which it says; a number past 2^63-1 is written as a string
 * of digits. NULL: no memory.
 */
char *result_to_json(const struct result *result);

/* And back. false with *diag (TROUBLE): not such a text; *ret is untouched then. */
bool result_from_json(const char *text, size_t len, struct result *ret, struct diag *diag);

/* STATUS_HELD, FAILED (a verdict FAILED), or TROUBLE (void, error); FAILED wins over TROUBLE. */
enum status results_status(const struct results *results);

#endif
