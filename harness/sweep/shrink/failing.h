/* The way in which an experiment failed, so that it can be told whether another run failed in the same. */
#ifndef SOCKFAULT_SWEEP_FAILING_H
#define SOCKFAULT_SWEEP_FAILING_H

#include "harness/run/result/result.h"

/* The verdict, and the first expectation that did not hold of those that are not about rules. */
struct failing {
    enum verdict verdict;
    char *process, *what; /* NULL: the verdict says it all */
    bool ended;           /* the process came to its end by itself: by a signal, or with a status */
    int signal, status;
    char *words; /* a line for people: "client: exit: expected status 0, got killed by SIGSEGV" */
};

/*
 * False: the result has no failure but of rules (a rule that did not fire), or passed, or nothing can be said
 * of the programs (VERDICT_TROUBLE, skipped); or no memory. Freed with failing_free.
 */
bool failing_find(const struct result *result, struct failing *ret);
void failing_free(struct failing *failing);

/*
 * Whether the result failed so: by the same verdict; where an expectation is known, by the same one of the
 * same process, which ended by the same signal or with the same status.
 */
bool failing_same(const struct failing *failing, const struct result *result);

#endif
