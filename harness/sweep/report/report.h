/* What is told of sweeps: for people, and for programs. Everything is escaped here. */
#ifndef SOCKFAULT_SWEEP_REPORT_H
#define SOCKFAULT_SWEEP_REPORT_H

#include "harness/report/paint.h"
#include "harness/sweep/records/programs.h"
#include "harness/sweep/sweep.h"

#include <jansson.h>

/* Sums over several sweeps. */
struct sweep_sum {
    size_t places, experiments, defects, left;
    size_t classes[SWEEP_CLASSES];
};
void sweep_sum_add(struct sweep_sum *sum, const struct sweep *sweep);

/*
 * The defects, the worst first, each with its line of source, the fault, what was seen and `replay` with the
 * command that repeats it ("build/sockfault replay"); then the table of places and faults, what was refused
 * and what did not fire, and the sum.
 */
void sweep_text_write(FILE *to, const struct paint *paint, const struct sweep *sweep,
                      struct sweep_programs *programs, const char *replay);

/* The table alone: how often each place survived each fault, or did not. */
void sweep_table_write(FILE *to, const struct sweep *sweep);

/* "14 places, 116 experiments, 2 defects: 97 survived, 3 failed, 16 refused". */
void sweep_sum_write(FILE *to, const struct sweep_sum *sum);

/* "N passed, N failed", alone on the line a sweep closes with: experiments that survived, and that did not.
 */
void sweep_totals_write(FILE *to, const struct sweep_sum *sum);

/* One sweep as an object; NULL: no memory. */
json_t *sweep_json(const struct sweep *sweep);

#endif
