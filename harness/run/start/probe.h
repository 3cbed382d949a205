/* `serves:`: alive is not enough. */
#ifndef SOCKFAULT_RUN_PROBE_H
#define SOCKFAULT_RUN_PROBE_H

#include "harness/run/run.h"

/*
 * For every process whose expectations have `serves:`, runs a fresh instance ("client#next") with all rules
 * off, one after the other, and waits for its end: five seconds at most, or the experiment's timeout if that
 * is shorter. Where a service spins meanwhile and nobody else has a timeout, that ends the waiting
 * (run->spun).
 */
void probe_all(struct run *run);

#endif
