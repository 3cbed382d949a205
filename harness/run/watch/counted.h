/* What the programs of an experiment count of their code (options->coverage): asked for, and brought home. */
#ifndef SOCKFAULT_RUN_COUNTED_H
#define SOCKFAULT_RUN_COUNTED_H

#include "harness/run/run.h"

/* Where it is written to, for GCOV_PREFIX. */
void counted_folder(const struct run *run, char ret[PATH_MAX + 16]);

/*
 * Before anybody is killed: has those that have not written their counts write them, and waits until they
 * have, or cannot, 1.5 s at most. role -1: of all roles.
 */
void counted_ask(struct run *run, int role);

/* Once everything has ended: adds what was written to what there is, and tells what was lost. */
void counted_collect(struct run *run);

#endif
