/* One experiment, from an empty folder to a result; and many. */
#ifndef SOCKFAULT_EXPERIMENT_H
#define SOCKFAULT_EXPERIMENT_H

#include "harness/diag.h"
#include "harness/memory/memory.h"
#include "harness/run/result/result.h"
#include "harness/scenario/scenario.h"

/* The clock of experiments about which neither the command line nor the scenario says anything. */
enum { RUN_CLOCK_UNSAID = CLOCK_VIRTUAL };

/* Where the counts of programs built with --coverage are added up, all in one file system; absolute. */
struct coverage_target {
    const char *folder;    /* what was lost is told in FOLDER/lost */
    const char *into;      /* folder in it (harness/coverage/counts.h) */
    const char *gcov_tool; /* the program */
};

/* A debugger to stop in, once the last rule of an experiment fires. */
struct run_debugger {
    const char *path;           /* of gdb */
    const char *const *command; /* commands to be carried out there, instead of a prompt */
    size_t command_count;       /* 0: it is the user's, on the terminal */
};

struct run_options {
    int64_t timeout_ns;   /* of an experiment that does not say; default 10 s */
    uint64_t seed;        /* default 1 */
    unsigned int jobs;    /* at once; default two per core */
    unsigned int repeat;  /* each experiment so often; default 1. If more, results are named "NAME #2/3" */
    enum run_clock clock; /* of all experiments, whatever they say; CLOCK_DEFAULT: as each says */
    bool keep;            /* leave the folders, and say where they are */
    bool fail_fast;
    bool lasting;      /* a guardian may go on from one experiment to the next, where that can be done without
                          anything of the first being left (run/lasting/worker.h) */
    bool untraced;     /* results hold no trace, whatever came of them */
    bool whole_trace;  /* results hold all of the trace that was kept, whatever came of them */
    int64_t settle_ns; /* virtual time for which services are let be before it is looked at what is left of
                          them: what a fault has delayed is over then; 0: not longer than it takes them to
                          come to rest */
    const struct result
        *services_end;       /* with `lasting`: services may live on from one experiment to the next
                                (run/lasting/kept.h) if they end as in that result in the end; experiments for
                                which that does not hold are run again, and told again. NULL: no */
    int64_t start_until_ns;  /* CLOCK_MONOTONIC: nothing more is started from then on; 0: no bound */
    const char *shim;        /* path of libsockfault.so */
    const char *root;        /* the directory the harness was started in, absolute */
    const char *third_party; /* build/third-party, or NULL */
    int survey; /* over 2: a descriptor open for writing, to which the guardian of the one experiment writes
                   what survey_read takes (harness/sweep/survey/survey_lines.h); 0: no survey */
    const struct coverage_target *coverage; /* NULL: programs write their counts to where they always do */
    enum memory_tool tool;                  /* programs with the shim are run under it, or have it in them */
    const char *valgrind; /* its path, for MEMORY_VALGRIND: time is real then, and no hang is proven */
    const struct run_debugger *debugger; /* NULL: none */
    const volatile int *stop; /* for who runs one experiment alone: as in schedule_run; NULL: never */
};

/*
 * Runs one experiment in this process tree (guardian and all) and fills in *ret, verdict included. Always
 * fills it in: what could not be done is VERDICT_ERROR with the reason. Called in a process of the
 * experiment's own by schedule_run.
 */
void experiment_run(const struct experiment *experiment, const struct run_options *options,
                    struct result *ret);

/*
 * Runs experiments[0..count) `jobs` at a time, each under a guardian, and calls done() for each result as it
 * comes (the result is the caller's then). Returns when all are over, or when *stop becomes non-zero (^C):
 * then everything started has been ended. false with *diag when nothing can be run at all.
 */
bool schedule_run(const struct experiment *const *experiments, size_t count,
                  const struct run_options *options, const volatile int *stop,
                  void (*done)(void *context, size_t index, struct result *result), void *context,
                  struct diag *diag);

#endif
