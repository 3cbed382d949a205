/* Starting a process. */
#ifndef SOCKFAULT_RUN_START_H
#define SOCKFAULT_RUN_START_H

#include "harness/run/run.h"

/*
 * Starts an instance that is PENDING: own session, default signal dispositions, no descriptors but 0, 1, 2
 * (input from a file, output into pipes we read), killed when its guardian dies. It is RUNNING then. Else
 * run_give_up, with the place where the scenario names it and what failed (its working directory, its input,
 * exec), and it stays PENDING.
 */
bool start_instance(struct run *run, struct instance *instance);

#endif
