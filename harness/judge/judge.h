/*
 * The judge: what was expected and what was seen -> verdict and failures. Expectations are the rows of
 * expectations.def; nothing here starts, waits or prints.
 */
#ifndef SOCKFAULT_JUDGE_H
#define SOCKFAULT_JUDGE_H

#include "harness/run/observed.h"

/*
 * Adds the failures of an experiment that is over, its verdict and, unless that is pass or fail, its reason.
 * All failures are kept whatever the verdict; of several verdicts the gravest holds
 * (run/result/verdicts.def). A verdict that was there before counts among them. result->processes and
 * observed->processes are parallel, as are result->rules and experiment->faults.
 */
void judge_experiment(const struct experiment *experiment, const struct observed *observed,
                      struct result *result);

/* How a process ended, in words: "status 1", "killed by SIGSEGV", "still running". malloc'd. */
char *judge_ending(const struct process_result *process);

/* Rows of the table of expectations, for `sockfault list expectations`; NULL past the end. */
struct expectation_info {
    const char *name; /* the key under expect: */
    const char *help;
};
const struct expectation_info *judge_expectation_at(size_t i);

#endif
