/* Whether what the options of `sockfault sweep` name is there: a name that is about nothing says less than it
 * seems to. */
#ifndef SOCKFAULT_SWEEP_MATCHED_H
#define SOCKFAULT_SWEEP_MATCHED_H

#include "harness/diag.h"
#include "harness/sweep/plan/plan.h"

/* Over all experiments. Zeroed to begin with; freed with sweep_matched_free. */
struct sweep_matched {
    size_t places, only, same; /* that are about a socket; trials that those options let through */
    size_t *only_hits, *same_hits,
        *in_places; /* of each glob, of each process; NULL: nothing was added yet */
    char *example;  /* the name of a trial that there is; NULL: none was found */
};

/* false: no memory. */
bool sweep_matched_add(struct sweep_matched *matched, const struct sweep_filter *filter,
                       const struct sweep_plan *plan);

/* USAGE: no program touches a socket, or a process of --in does not, or a glob of --only or --same matches no
 * trial. */
bool sweep_matched_check(const struct sweep_matched *matched, const struct sweep_filter *filter,
                         struct diag *diag);

void sweep_matched_free(struct sweep_matched *matched);

#endif
