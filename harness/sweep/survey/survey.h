/*
 * A survey: one run of an experiment that tells each call its programs made, with the callers and the
 * conditions that held (shim/know/callers.h, shim/know/facts.h). Calls made while rules are off, as during
 * probes and after them, are not among them: nothing could befall them.
 *
 * A call of it is met again in another run of the experiment by `PROCESS/CALL:FAULT:conn=K:when=N:
 * scope=connection` with its connection and nth_on_connection, or, where it has no connection, by
 * `PROCESS/CALL:FAULT:when=N:scope=all` with nth. Where several threads, or a process and its children, make
 * calls that are counted together at once, who gets which number is theirs to settle: one of them is met.
 */
#ifndef SOCKFAULT_SWEEP_SURVEY_H
#define SOCKFAULT_SWEEP_SURVEY_H

#include "harness/diag.h"
#include "harness/run/experiment.h"
#include "harness/run/result/result.h"
#include "shim/model/calls.h"
#include "shim/model/legal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SURVEY_FRAMES = 4 };

/* A place in code, whatever address the file is loaded at. */
struct survey_frame {
    char *module;    /* base name of the file; "": none that is known */
    uint64_t offset; /* return address in it; the address itself where there is no module */
};

/* One call. */
struct survey_call {
    char *process; /* the role on the board: "client", "client#2" */
    enum call_id call;
    int fd;                     /* -1: none */
    uint32_t connection;        /* ordinal within its role; 0: none */
    uint64_t nth;               /* of that call in that role, from 1, in the order they were decided */
    uint64_t nth_on_connection; /* of that call on that connection; 0: no connection */
    int32_t tid;                /* of the thread that made it, in that run */
    uint64_t nth_in_thread;     /* of that call in that thread */
    conditions facts; /* that held when it was made: those a fault at that call depends on, and of what kind
                         the socket is (shim/survey.h) */
    int64_t asked;    /* bytes, timeout in ms, or another telling argument; -1: none */
    bool ended;       /* otherwise the process ended in it, and there is no result (-1, errno 0) */
    int64_t result;
    int error;          /* errno; 0: none */
    int rule;           /* index of the rule of the experiment that fired at it; -1: none */
    enum recipe recipe; /* what was done; RECIPE_CUT without a rule: it was stopped at the `after` of one */
    struct survey_frame frames[SURVEY_FRAMES]; /* the call's own return address, then its callers' */
    size_t frame_count;
    char *site; /* "client.c:88", or "libcurl.so.4+0x1234" */
};

/*
 * A fault that fired. The same is met again by
 * `PROCESS/CALL:FAULT:conn=CONNECTION:when=NTH:scope=connection`, or, without a connection, by
 * `PROCESS/CALL:FAULT:when=NTH`.
 */
struct survey_fired {
    char *process;
    enum call_id call; /* that it befalls: of one that comes at a wait, the receive that is to follow */
    uint32_t connection;
    uint64_t nth;     /* 0: it cannot be met again (the board had no counter left) */
    int rule;         /* index of it in the experiment */
    int64_t delay_ns; /* how long it stalled; 0 of all but delays and rates */
    uint64_t amount;  /* SHORT: bytes; else the number the fault takes */
    int64_t asked;    /* bytes; 0: the call has no length */
    char *site;       /* of the call in which it fired */
};

/*
 * Calls in the order in which they were decided. Reads and writes of what is no socket are not among them,
 * nor calls that the kernel refuses for their arguments (EFAULT): rules do not speak of those, and do not
 * count them. Of calls of several threads at once the order is nearly that in which `when` counts them.
 */
struct survey {
    struct survey_call *calls;
    size_t count;
    uint64_t lost;              /* calls that are missing: there were too many */
    struct survey_fired *fired; /* the faults, in the order they fired */
    size_t fired_count;
    uint64_t fired_lost;
};

/*
 * Runs the experiment once as run_experiment's kin do (schedule.h), its own faults as they stand. What the
 * run came to is in *ret_result whatever it is; a survey is had of any run whose programs were started, and
 * is empty of one that was not carried out. Free both, with survey_free and result_free. False: it could not
 * be run at all, or its survey could not be brought home; *diag says why, and neither is filled in.
 * Blocks, until the experiment is over or *options->stop is not 0. Nothing of it is ever on disk.
 */
bool survey_run(const struct experiment *experiment, const struct run_options *options, struct survey *ret,
                struct result *ret_result, struct diag *diag);

/* Leaves it empty. */
void survey_free(struct survey *survey);

/*
 * Whether two surveys of one experiment tell of the same calls: as many of each (process, call, frames,
 * connection, nth_on_connection), in whatever order. Otherwise, where ret_difference is not NULL, one line on
 * what is in only one of them, malloc'd (NULL: no memory).
 */
bool survey_same(const struct survey *left, const struct survey *right, char **ret_difference);

#endif
