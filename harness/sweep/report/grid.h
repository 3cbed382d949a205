/* Places x faults: what is known of each fault at each place. */
#ifndef SOCKFAULT_SWEEP_GRID_H
#define SOCKFAULT_SWEEP_GRID_H

#include "harness/sweep/sweep.h"

/* The later outweighs, where trials of one cell came to several. */
enum sweep_state {
    SWEEP_ILLEGAL,     /* the kernel never does that at such a call: no row of legal.def speaks of it */
    SWEEP_NOT_REACHED, /* it could be, and was not tried, did not fire, or could not be looked at */
    SWEEP_NOT_HERE,    /* it is legal at such a call, but not at this one: refused */
    SWEEP_SURVIVED,
    SWEEP_DEFECT,
    SWEEP_STATES
};

struct sweep_cell {
    enum sweep_state state;
    size_t counts[SWEEP_STATES]; /* trials that came to each; all 0: none was made */
    const char *why; /* of NOT_HERE and NOT_REACHED: the first reason; the sweep's, or static. NULL: none */
};

/* Rows are places at which anything was to be tried; columns are faults legal at one of these calls at least.
 */
struct sweep_grid {
    char **faults; /* "short=1", "error=EINTR"; by kind: "short", "error" */
    size_t fault_count;
    size_t *places; /* in the plan's places */
    size_t place_count;
    struct sweep_cell *cells; /* place_count rows of fault_count */
};

/* Points into the sweep. False: no memory. Freed with sweep_grid_free in either case. */
bool sweep_grid_make(const struct sweep *sweep, bool by_kind, struct sweep_grid *ret);
void sweep_grid_free(struct sweep_grid *grid);

static inline const struct sweep_cell *sweep_grid_cell(const struct sweep_grid *grid, size_t row,
                                                       size_t column)
{
    return &grid->cells[row * grid->fault_count + column];
}

/* "survived", "defect", "illegal", "not legal here", "not reached". */
const char *sweep_state_name(enum sweep_state state);

#endif
