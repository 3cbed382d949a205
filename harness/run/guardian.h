/*
 * The guardian: the process an experiment runs under. It is process 1 of a PID namespace where that is
 * allowed, so that its death ends everything; it watches a pipe to the harness, so that the harness's death
 * ends it. Its result comes back as JSON.
 */
#ifndef SOCKFAULT_RUN_GUARDIAN_H
#define SOCKFAULT_RUN_GUARDIAN_H

#include "harness/quiet/softirq.h"
#include "harness/run/experiment.h"
#include "harness/run/folder.h"
#include "harness/run/isolate.h"

struct guardian {
    pid_t pid;
    int answer; /* the result comes here, then end of file */
};

/* What all guardians of a run have in common. */
struct guardians {
    const struct run_options *options;
    const struct isolation *isolation;
    struct softirq softirq; /* found */
    int lifeline[2];        /* a pipe nothing is written to: its writing end is open in the harness alone */
};

/*
 * Starts one for an experiment, in `folder`, by that clock (CLOCK_DEFAULT: as the options say). The calling
 * process must have a single thread. false with *diag. The caller waits for it (waitpid(2)) and removes the
 * folder; a guardian that finds the harness gone removes it itself.
 */
bool guardian_start(const struct guardians *guardians, const struct experiment *experiment, uint64_t seed,
                    enum run_clock clock, struct folder *folder, struct guardian *ret, struct diag *diag);

#endif
