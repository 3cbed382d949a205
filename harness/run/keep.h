/* What `--keep` leaves of an experiment for people to read. */
#ifndef SOCKFAULT_RUN_KEEP_H
#define SOCKFAULT_RUN_KEEP_H

#include "harness/run/run.h"

/*
 * Beside the experiment's own folder: scenario.yaml, a copy of its file; PROCESS.stdout and PROCESS.stderr,
 * as far as they were kept; trace.txt, as `wrap --trace` prints it. The board is removed. To be called once
 * the result is filled in. What cannot be written is left out, and a note says so. `sites` may be NULL.
 */
void keep_files(struct run *run, struct sites *sites);

#endif
