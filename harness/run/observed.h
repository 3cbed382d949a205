/*
 * What was seen of an experiment beyond struct process_result: what the judge needs and no report prints.
 * Made by experiment_run, read by judge_experiment(experiment, observed, result), freed by experiment_run.
 *
 * Before the judge is called, the run has filled in of the result: file, name, tags, points, seed, processes
 * (all fields), rules (all fields; rules[i] belongs to experiment->faults[i]), notes, repeat, and verdict
 * VERDICT_PASS. The judge adds verdict (PASS, FAIL, TIMEOUT, HANG or SPIN), reason and failures. It is not
 * called for a verdict that was clear before (skip, void, error). The run adds trace and elapsed_ns
 * afterwards.
 */
#ifndef SOCKFAULT_OBSERVED_H
#define SOCKFAULT_OBSERVED_H

#include "harness/run/result/result.h"
#include "harness/scenario/scenario.h"
#include "shim/model/board.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why we killed a process (result: killed_by_us). */
enum kill_reason {
    KILL_NONE,
    KILL_OUTPUT,  /* wrote more than output_limit */
    KILL_MEMORY,  /* took more than memory_limit */
    KILL_STOP,    /* still there stop_timeout after it was told to stop */
    KILL_TIMEOUT, /* the experiment's time was over, or a probe's, or it hung or span */
};

/* What a process did, by call, from the board; copied once everything has ended. */
struct observed_counts {
    uint64_t calls[CALL_COUNT];
    uint64_t bytes_received, bytes_sent;
};

/* What came of the script of a peer. None of the three: it was ended in the middle. */
struct peer_outcome {
    bool held, rested, failed; /* all steps held; it came to a last one without end; one did not hold */
    char *what;                /* the step it came to: "step 3: expect" */
    char *expected, *got;      /* there, so far; NULL: it was not waiting for anything */
    struct place place;        /* of that step */
};

/* One started (or never started) instance; parallel to result->processes. */
struct observed_process {
    int process;           /* index into experiment->processes: what its expectations are */
    unsigned int instance; /* 1.. of `count` */
    int probe_of; /* -1; for a `serves:` probe: the index of the process whose expectation asked for it */
    int role;     /* index of its role on the board; -1: it never said hello */
    enum kill_reason killed;
    uint64_t memory_limit; /* bytes that it was allowed */
    bool spins;            /* when the experiment ended: result->processes[i].waiting says where */
    char *not_ready;   /* others waited for it and it did not become ready: "ended with status 1 before it was
                          listening"; else NULL. Its dependents have started == false */
    char *not_started; /* why not: "server was not ready", "the experiment was over"; NULL when it was */
    char *fds_note; /* how the descriptors were counted, if not as usual: "no wait was seen ..."; or NULL */
    char *fds_list; /* when fds_after differs from fds_before: "5 -> socket:[123], 6 -> ..."; or NULL */
    struct peer_outcome *peer; /* NULL: it is a program, or was not started */
    struct observed_counts counts;
    /* Every call in the order they began, of the process and its descendants; kept for `order` only. */
    uint16_t *calls; /* enum call_id */
    size_t call_count;
    uint64_t calls_lost; /* trace records that were overwritten before they could be read, of any process */
};

struct observed {
    const struct board *board;     /* for reading; nothing on it is trusted without a check of range */
    const struct runtime *runtime; /* for scenario_expand of expected texts; pids are still known */
    struct observed_process *processes;
    size_t process_count; /* == result->process_count */
    /* Why it was ended with processes still running, the first that is true: */
    bool spun;      /* one of them runs on and on and gets nowhere */
    bool hung;      /* proven: nothing could happen any more */
    bool timed_out; /* the experiment's time was over */
    int64_t timeout_ns;
};

#endif
