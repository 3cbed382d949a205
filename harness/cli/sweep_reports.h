/* The reports of `sockfault sweep`: those of harness/sweep/report, each to its place. */
#ifndef SOCKFAULT_SWEEP_REPORTS_H
#define SOCKFAULT_SWEEP_REPORTS_H

#include "harness/cli/outputs.h"
#include "harness/coverage/coverage.h"
#include "harness/sweep/report/report.h"

struct sweep_reports {
    struct outputs outputs;
    const char *replay; /* "build/sockfault replay" */
    json_t *sweeps;     /* told so far; made by sweep_reports_begin, freed by sweep_reports_close */
    struct sweep_sum sum;
    size_t told;
};

/* For struct outputs: text, json, html. */
const char *sweep_report_name(size_t i);

/* Opens the files. false with *diag (TROUBLE) when one cannot be made. */
bool sweep_reports_begin(struct sweep_reports *reports, struct diag *diag);

/* One sweep is over. */
void sweep_reports_one(struct sweep_reports *reports, const struct sweep *sweep,
                       struct sweep_programs *programs);

/*
 * What was counted (NULL: nothing was) in sources of the folder `sources`, and the sum; the last line is
 * `N passed, N failed`: on standard output, or on standard error when a report of another format than text
 * has that. trouble: why it came to nothing, or to no more than was told; or NULL.
 */
void sweep_reports_end(const struct sweep_reports *reports, const struct coverage *coverage,
                       const char *sources, const char *trouble);

/* Closes the files. false with *diag (TROUBLE): not all was written. */
bool sweep_reports_close(struct sweep_reports *reports, struct diag *diag);

#endif
