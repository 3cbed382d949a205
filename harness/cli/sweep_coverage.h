/* `sockfault sweep --coverage`: counts of the scenario's programs, gathered and read. */
#ifndef SOCKFAULT_SWEEP_COVERAGE_H
#define SOCKFAULT_SWEEP_COVERAGE_H

#include "harness/coverage/coverage.h"
#include "harness/coverage/tools.h"
#include "harness/run/ground/folder.h"
#include "harness/scenario/scenario.h"
#include "harness/sweep/sweep.h"

struct sweep_coverage {
    bool on;
    struct coverage_tools tools;
    struct folder folder;
    char before[PATH_MAX + 16], sweep[PATH_MAX + 16];
    struct sweep_targets targets; /* for sweep_options */
    const char *keep;             /* folder for what was counted; NULL: it is not kept */
};

/*
 * Finds the tools for the programs of the set, and makes a folder. keep: folder to which what was
 * counted is added, in folders `before` and `sweep`, and of which then all is read; NULL: nowhere. False with
 * *diag: USAGE, no program counts anything, or only as clang does it; TROUBLE, there is no gcov or gcov-tool
 * of the compiler's version, or no folder. Ended with sweep_coverage_end in either case.
 */
bool sweep_coverage_begin(const struct scenario_set *set, const struct run_options *options, const char *keep,
                          struct sweep_coverage *ret, struct diag *diag);

/*
 * What was reached, by all sweeps together, and the folder its sources are in (malloc'd): `root`, if all of
 * them are. Freed with coverage_free and free in either case.
 */
bool sweep_coverage_read(const struct sweep_coverage *coverage, struct coverage *ret, char **ret_sources,
                         const char *root, struct diag *diag);
void sweep_coverage_end(struct sweep_coverage *coverage);

#endif
