/* Readiness: which processes others may rely on, and which may be started therefore. */
#ifndef SOCKFAULT_RUN_READY_H
#define SOCKFAULT_RUN_READY_H

#include "harness/run/run.h"

/*
 * Looks at every instance that was started: whether it is ready by now, or never will be (it ended, or its
 * time for that is over); counts its descriptors once it waits for the first time.
 */
void ready_update(struct run *run);

/* The experiment's time is over: who is not ready by now never was. */
void ready_too_late(struct run *run);

enum start_answer { START_NOT_YET, START_NOW, START_NEVER };

/* Whether it may be started, going by those it is `after`. NEVER: *ret_why says which of them is to blame;
 * malloc'd. */
enum start_answer ready_to_start(const struct run *run, const struct instance *instance, char **ret_why);

/* Whether there is nothing more to wait for before it may be told to stop: ready or never, and counted. */
bool ready_settled(const struct instance *instance);

#endif
