/* An experiment under some of the decisions alone, run to see whether it fails as it did. */
#ifndef SOCKFAULT_SWEEP_TRYING_H
#define SOCKFAULT_SWEEP_TRYING_H

#include "harness/sweep/shrink/choices.h"
#include "harness/sweep/shrink/ddmin.h"
#include "harness/sweep/shrink/failing.h"

struct trying {
    const struct experiment *experiment; /* with the rules it has; they are left out */
    const struct run_options *run;
    int64_t until_ns; /* CLOCK_MONOTONIC: nothing is run from then on; 0: no bound */
    const struct choices *choices;
    const struct failing *failing;
    unsigned int repeats;  /* as often a set is run before it counts as one that does not fail */
    unsigned int failures; /* ... and as often it has to fail, one time after the other */
    size_t runs;           /* so far */
};

/*
 * Runs the experiment with the decisions of which set[i] is true, `repeats` times at most, until it fails as
 * it did. Then those whose rules did not fire are taken out of the set, and it has to fail without them,
 * until it has `failures` times. A ddmin_test; `context` is the struct trying. DDMIN_STOP: the time is up,
 * *run->stop is not 0, or there is no memory.
 */
enum ddmin_answer trying_set(void *context, bool *set);

/* The same once. */
enum ddmin_answer trying_once(struct trying *trying, bool *set);

#endif
