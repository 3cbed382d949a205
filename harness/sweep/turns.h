/* Trials carried out. */
#ifndef SOCKFAULT_SWEEP_TURNS_H
#define SOCKFAULT_SWEEP_TURNS_H

#include "harness/run/experiment.h"
#include "harness/sweep/outcome.h"
#include "harness/sweep/subject.h"

struct sweep_turn {
    const char *rule;
    bool starting; /* sweep_trial */
    bool chancy;   /* the other side had not closed when it could have come before: it can come in time */
    bool done;     /* out: it was carried out */
    bool kept;     /* out: by services that had served others before (harness/run/lasting/kept.h) */
    struct sweep_seen seen; /* out: what came of it */
    struct result *result;  /* NULL: it is not kept; else where to */
};

/*
 * Runs the subject with each turn's rule, options->jobs at once, and judges by the run without a fault.
 * Returns when all are over, options->start_until_ns has come, or *stop is not zero; turns that were not
 * carried out are not `done`. Where the other side had closed before the fault could come, one that is
 * chancy is tried a few times more. False with *diag: nothing can be run at all.
 */
bool sweep_turns_run(const struct sweep_subject *subject, const struct result *without,
                     struct sweep_turn *turns, size_t count, const struct run_options *options,
                     const volatile int *stop, struct diag *diag);

/* Frees what was seen (not a result that is kept). */
void sweep_turns_free(struct sweep_turn *turns, size_t count);

#endif
