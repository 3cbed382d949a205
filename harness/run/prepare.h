/* Everything that has to be there before the first process starts. */
#ifndef SOCKFAULT_RUN_PREPARE_H
#define SOCKFAULT_RUN_PREPARE_H

#include "harness/run/run.h"

/*
 * Looks for the programs, makes ${dir}, files, ports, rules and board in the guard's folder, and the
 * instances. false after run_give_up: skip (a program of `needs` is missing), void (the shim cannot be loaded
 * into one), or error.
 */
bool prepare(struct run *run);

/* Two parts of that, for a run that is to be another experiment's: its rules, ready for the board; and an
 * empty log of the trace, from that record on. */
bool prepare_rules(struct run *run);
bool prepare_log(struct run *run, uint64_t from);

/* Gives all of it back but the folder. */
void prepare_undo(struct run *run);

#endif
