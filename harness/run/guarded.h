/* An experiment inside its guardian. */
#ifndef SOCKFAULT_RUN_GUARDED_H
#define SOCKFAULT_RUN_GUARDED_H

#include "harness/run/run.h"

/*
 * Runs it and fills in *ret, verdict and trace included. Ends everything it started before it returns.
 * Returns false when the harness was found to be gone: nobody wants the result then (it is to be freed all
 * the same).
 */
bool guarded_run(const struct experiment *experiment, const struct run_options *options,
                 const struct guard *guard, struct result *ret);

#endif
