/* A record's trial made once more. */
#ifndef SOCKFAULT_SWEEP_REPLAY_H
#define SOCKFAULT_SWEEP_REPLAY_H

#include "harness/run/experiment.h"
#include "harness/sweep/records/record.h"

struct replayed {
    struct sweep_seen seen;
    char *changes;        /* record_changes, or NULL */
    struct result result; /* of the run with the fault */
};

/*
 * Reads the record's scenario (from its own text, if it has that), runs it once without the fault and once
 * with it, by the record's seed, clock and time limit; `options` says the rest. With options->debugger it is
 * stopped at the fault, in real time. False with *diag: USAGE, the scenario is wrong or has no such
 * experiment; TROUBLE, it does not pass without the fault, or cannot be run. Freed with replayed_free, after
 * true.
 */
bool replay(const struct record *record, const struct run_options *options, struct replayed *ret,
            struct diag *diag);

/* The record's scenario, from its own text if it has that. False with *diag (USAGE). Freed with
 * scenario_set_free, in either case. */
bool replay_scenario(const struct record *record, struct scenario_set *set, struct diag *diag);

/* The record's experiment of the set. NULL with *diag (USAGE): there is none of that name. */
const struct experiment *replay_find(const struct scenario_set *set, const struct record *record,
                                     struct diag *diag);
void replayed_free(struct replayed *replayed);

#endif
