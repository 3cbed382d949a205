/*
 * Of all that rules decided in an experiment that fails, the smallest set of single decisions with which it
 * still fails in the same way.
 */
#ifndef SOCKFAULT_SWEEP_SHRINK_H
#define SOCKFAULT_SWEEP_SHRINK_H

#include "harness/sweep/shrink/trying.h"

struct shrink_options {
    struct run_options run; /* `stop` is not NULL */
    int64_t until_ns;       /* CLOCK_MONOTONIC: no run is started from then on; 0: no bound */
};

struct shrunk {
    struct choices choices; /* all that fired; those that are kept as mild as they may be */
    bool *kept;             /* choices.count */
    struct failing failing;
    bool minimal;         /* no single one can be left out; false: it was stopped before that was known */
    size_t tries, failed; /* all of them together: run so often, of which so often it failed */
    size_t runs;          /* in all */
    uint64_t lost;        /* calls that were too many to be told of */
};

/*
 * Runs the experiment with its own rules until it fails (thrice at most), then with decisions of that run
 * alone. False with *diag: USAGE, it does not fail, or fails without any fault, or for a rule that did
 * nothing, or more decisions were made than there is room for; TROUBLE, it cannot be run, or its decisions
 * alone do not make it fail in that way, or it was stopped before that was known. Freed with shrunk_free in
 * either case.
 */
bool shrink_run(const struct experiment *experiment, const struct shrink_options *options, struct shrunk *ret,
                struct diag *diag);
void shrunk_free(struct shrunk *shrunk);

/* Runs another experiment `times` times, and counts how often it fails in that way. False: it was stopped. */
bool shrink_confirm(const struct experiment *experiment, const struct failing *failing,
                    const struct shrink_options *options, size_t times, size_t *ret_failed);

/* The decisions kept, each milder where it fails so all the same: a shorter delay, a longer part. As
 * shrink_closer. */
bool shrink_milder(struct trying *trying, struct choices *choices, bool *kept);

/*
 * Leaves out what seemed to be needed since the calls behind it are others without it: their numbers are one
 * less then. False: it was stopped; what is kept has failed all the same.
 */
bool shrink_closer(struct trying *trying, struct choices *choices, bool *kept);

#endif
