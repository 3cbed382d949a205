/*
 * A guardian that lives on: its namespaces are made once and have one experiment after the other in them. In
 * between everything of the last one is ended and proven gone (run/lasting/leftovers.h); where that does not
 * succeed the guardian ends itself, and with it all that is in its namespaces.
 */
#ifndef SOCKFAULT_RUN_WORKER_H
#define SOCKFAULT_RUN_WORKER_H

#include "harness/run/guardian.h"
#include "harness/run/lasting/kept.h"
#include "harness/run/lasting/known.h"
#include "harness/run/lasting/leftovers.h"
#include "harness/run/lasting/zygotes.h"

/* So many experiments at most: what a guardian itself may lose with each stays bounded. */
enum { WORKER_EXPERIMENTS = 1000 };

struct worker {
    const struct folder *folder;
    int orders; /* -1: it is no lasting one */
    bool can_last;
    unsigned int done; /* experiments */
    struct leftovers leftovers;
    struct known_programs known;
    struct zygotes zygotes;
    struct kept kept; /* in which case what they stand on is left until they are ended */
};

/* Whether the guardians of a run can last at all: they need namespaces of their own for all that is shared.
 */
bool worker_allowed(const struct run_options *options, const struct isolation *isolation);

/* In a guardian that has entered its namespaces and has run nothing yet. */
void worker_begin(struct worker *worker, const struct folder *folder, int orders);

/* How a worker comes to its end, if it does. */
enum worker_end {
    WORKER_GOES_ON,
    WORKER_DONE,     /* there is nothing more to do */
    WORKER_UNWANTED, /* nobody wants to know: the harness is gone */
    WORKER_SPENT,    /* the harness is there, and has to start another */
    WORKER_DOUBT,    /* the same, and what its services served last is to be done anew (kept.h) */
};

/* After an experiment that was answered. Waits for the next order. */
enum worker_end worker_next(struct worker *worker, const struct result *result, struct order *ret);

/* Before it is carried out: ends services that cannot serve that experiment. */
enum worker_end worker_clear(struct worker *worker, const struct experiment *experiment,
                             const struct run_options *options);

/* Ends all there is. Takes what the worker comes to its end by, and returns what that is in the end. */
enum worker_end worker_close(struct worker *worker, enum worker_end end);

#endif
