/*
 * Faults in pairs: what a program does about one fault (error-handling code) is met by a second one. Only
 * places that were never come by before are tried, each under the first fault that led there.
 */
#ifndef SOCKFAULT_SWEEP_PAIRS_H
#define SOCKFAULT_SWEEP_PAIRS_H

#include "harness/sweep/sweep.h"

struct sweep_pairs {
    struct sweep
        *items; /* one for each first fault that led to places that are new; subject.under says which */
    size_t count;
};

/*
 * `first` is a sweep of that scenario, by those options, and has to outlive *ret, as has the scenario. Each
 * trial that was survived is run once more to see where it leads. What is seen of a second fault is measured
 * by two runs under the first alone; where those differ, or it cannot be done, that is a line in *warnings
 * (malloc'd), and the others go on. Starts nothing more from options->until_ns on. False with *diag
 * (TROUBLE): no memory. Freed with sweep_pairs_free, in either case. Blocks.
 */
bool sweep_pairs_run(const struct experiment *scenario, const struct sweep *first,
                     const struct sweep_options *options, const volatile int *stop, struct sweep_pairs *ret,
                     char **warnings, struct diag *diag);
void sweep_pairs_free(struct sweep_pairs *pairs);

#endif
