/* Trials that came to a defect, told once a place and outcome. */
#ifndef SOCKFAULT_SWEEP_DEFECTS_H
#define SOCKFAULT_SWEEP_DEFECTS_H

#include "harness/sweep/sweep.h"

/*
 * Fills in sweep->defects: the worst first, of equally bad ones those that are a process's own, then in the
 * order of their places. Once it is known which are steady. False: no memory.
 */
bool sweep_defects_find(struct sweep *sweep);
void sweep_defects_free(struct sweep *sweep);

#endif
