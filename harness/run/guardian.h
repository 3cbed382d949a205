/*
 * The guardian: the process experiments run under. It is process 1 of a PID namespace where that is
 * allowed, so that its death ends everything; it watches a pipe to the harness, so that the harness's death
 * ends it. A result comes back as JSON behind its length. One that is lasting goes on to further experiments
 * (run/lasting/worker.h).
 */
#ifndef SOCKFAULT_RUN_GUARDIAN_H
#define SOCKFAULT_RUN_GUARDIAN_H

#include "harness/quiet/softirq.h"
#include "harness/run/experiment.h"
#include "harness/run/ground/folder.h"
#include "harness/run/ground/isolate.h"

struct guardian {
    pid_t pid;
    int answer; /* results come here; end of file: it is no more */
    int orders; /* where it is told what comes next; -1: it is for one experiment */
};

/* Its exit status when it leaves what it was told last, if anything, to another; and when, besides, that has
 * to be done anew which its services served last (run/lasting/kept.h). */
enum { GUARDIAN_SPENT = 3, GUARDIAN_DOUBT = 4 };

/* What all guardians of a run have in common. */
struct guardians {
    const struct run_options *options;
    const struct experiment *const *experiments;
    const struct isolation *isolation;
    struct softirq softirq; /* found */
    int lifeline[2];        /* a pipe nothing is written to: its writing end is open in the harness alone */
};

/* One experiment to be carried out. */
struct order {
    size_t index; /* in guardians->experiments */
    uint64_t seed;
    enum run_clock clock; /* CLOCK_DEFAULT: as the options say */
    bool alone;           /* by services of its own */
};

/*
 * Starts one in `folder`, with its first order; a lasting one if the options and the isolation allow that.
 * The calling process must have a single thread. false with *diag. The caller waits for it (waitpid(2)) and
 * removes the folder; a guardian that finds the harness gone removes it itself.
 */
bool guardian_start(const struct guardians *guardians, const struct order *order, struct folder *folder,
                    struct guardian *ret, struct diag *diag);

/* Tells a lasting one what comes next. false: it is no more, or as good as. */
bool guardian_tell(const struct guardian *guardian, const struct order *order);

/* The answer in `bytes`, behind its length; 0: not all of it is there yet. */
size_t guardian_answer(const char *bytes, size_t len);
enum { GUARDIAN_ANSWER_BEGIN = sizeof(uint64_t) };

#endif
