/* Which services may live on from one experiment to the next (kept.h), by what is known before and at their
 * start. */
#ifndef SOCKFAULT_RUN_KEEPABLE_H
#define SOCKFAULT_RUN_KEEPABLE_H

#include "harness/run/run.h"

/* Whether they may in that experiment: its faults are others', and without a fault whoever comes next gets
 * what those before it got. */
bool keepable_experiment(const struct experiment *experiment, const struct run_options *options);

/* Whether all that were started are services that can be kept, and all services there are were started. */
bool keepable_services(const struct run *run);

#endif
