/*
 * A guardian that lives on: its namespaces are made once and have one experiment after the other in them. In
 * between everything of the last one is ended and proven gone (run/leftovers.h); where that does not succeed
 * the guardian ends itself, and with it all that is in its namespaces.
 */
#ifndef SOCKFAULT_RUN_WORKER_H
#define SOCKFAULT_RUN_WORKER_H

#include "harness/run/guardian.h"
#include "harness/run/known.h"
#include "harness/run/leftovers.h"
#include "harness/run/zygotes.h"

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
};

/* Whether the guardians of a run can last at all: they need namespaces of their own for all that is shared.
 */
bool worker_allowed(const struct run_options *options, const struct isolation *isolation);

/* In a guardian that has entered its namespaces and has run nothing yet. */
void worker_begin(struct worker *worker, const struct folder *folder, int orders);

/* After an experiment that was answered. Waits for the next order. false: there is none, or the worker is
 * not to go on: *ret_spent says so, and that the harness is there to start another. */
bool worker_next(struct worker *worker, const struct result *result, struct order *ret, bool *ret_spent);

void worker_end(struct worker *worker);

#endif
