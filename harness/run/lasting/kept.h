/*
 * Services that live on from one experiment of a sweep to the next, where the faults of both are others'
 * alone, and the first has left the services as it found them: at rest, with the processes and descriptors
 * they had when the first client came, and having served one more; and where without a fault that one gets
 * what the first got, so that it does not matter how many there were before. The next one's result is that of
 * services just started; only how they end is not seen before the last has been served, and whoever asks for
 * that has all of those run again if they do not end as they do without a fault.
 */
#ifndef SOCKFAULT_RUN_KEPT_H
#define SOCKFAULT_RUN_KEPT_H

#include "harness/run/lasting/leftovers.h"
#include "harness/run/run.h"

struct kept {
    const struct leftovers *before; /* of the namespace */
    struct run *run;                /* whose services live on; NULL: none do */
    struct guard guard;             /* of it */
    struct run_options options;
    struct result idle; /* what comes of it between two experiments */
};

/* When an instance that is no service is about to be started: takes down how the services stand, if they may
 * be kept. */
void kept_look(struct run *run);

/* After the probes, when they are at rest: whether they are to be. */
bool kept_wanted(struct run *run);

/* Takes such a run over, which has been judged. */
void kept_put(struct kept *kept, struct run *run);

/* Whether there are none, or they live and can serve that experiment. */
bool kept_fits(struct kept *kept, const struct experiment *experiment, const struct run_options *options);

/* The run that goes on, for whoever has asked that, to be given its experiment, options, guard and result;
 * NULL: there is none. */
struct run *kept_take(struct kept *kept);

/* Then makes it ready for that. false after run_give_up. */
bool kept_resume(struct run *run);

/* Whether services of a run that is over have ended as they do without a fault. */
bool kept_ended(const struct run *run);

/* Ends them. false: not as they do without a fault, so that what they served is in doubt. */
bool kept_end(struct kept *kept);

#endif
