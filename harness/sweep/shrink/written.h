/* What is left of a scenario, as a scenario file. */
#ifndef SOCKFAULT_SWEEP_WRITTEN_H
#define SOCKFAULT_SWEEP_WRITTEN_H

#include "harness/scenario/scenario.h"
#include "harness/sweep/shrink/shrink.h"

/*
 * The text of the scenario's file with the decisions kept in place of its faults, and of its matrix the
 * values of this experiment; all else, comments too, stays as it was. malloc'd. NULL with *diag: USAGE, its
 * top level is not one key a line, or there are more decisions than a scenario may have faults; TROUBLE, the
 * file cannot be read, or no memory.
 */
char *written_scenario(const struct experiment *experiment, const struct shrunk *shrunk, struct diag *diag);

#endif
