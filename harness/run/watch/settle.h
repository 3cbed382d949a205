/* Between the end of the others and the end of the services: what state the services have come to. */
#ifndef SOCKFAULT_RUN_SETTLE_H
#define SOCKFAULT_RUN_SETTLE_H

#include "harness/run/run.h"

/*
 * Waits until the services have done what the others' end made them do: they are found at rest or, where that
 * cannot be told, all their threads asleep and no call begun between two looks. Bounded by a fraction of a
 * second: one that never rests is not waited for. So a crash on the way is seen as theirs and not taken for
 * our doing. Whether they were found so.
 */
bool settle_quiet(struct run *run);

/*
 * The same; and in virtual time, if options->settle_ns says so, lets that much of it go by, so that what was
 * delayed is over. Who has something to do all the time is given a few seconds of real time for it.
 */
void settle(struct run *run);

/*
 * Descriptors and zombies of the services that asked for it: waits until they are as they should be, a second
 * at most, and options->settle_ns more of virtual time: a close may be what is delayed. Of real time that is
 * no more than a few seconds.
 */
void settle_leaks(struct run *run);

#endif
