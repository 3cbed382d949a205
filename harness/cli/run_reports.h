/* The reports of `sockfault run`: formats of harness/report, each to its place. */
#ifndef SOCKFAULT_RUN_REPORTS_H
#define SOCKFAULT_RUN_REPORTS_H

#include "harness/cli/outputs.h"
#include "harness/report/report.h"

struct run_reports {
    struct outputs outputs;
    struct report_stream streams[OUTPUTS_MAX]; /* of outputs.items[i] */
};

/* For struct outputs: the names of report_at. */
const char *run_report_name(size_t i);

/*
 * Opens the files and begins the reports, for `total` experiments of the scenario files files[0..total).
 * false with *diag (TROUBLE) when a file cannot be made.
 */
bool run_reports_begin(struct run_reports *reports, const char *const *files, size_t total, bool quiet,
                       struct diag *diag);

/* One experiment is over. */
void run_reports_one(struct run_reports *reports, const struct result *result);

/*
 * The whole tree; then `N passed, N failed[, N skipped]` as the last line: on standard output, or on standard
 * error when a report of another format than text has that. Closes the files. false with *diag (TROUBLE): not
 * all was written.
 */
bool run_reports_end(struct run_reports *reports, const struct results *results, struct diag *diag);

#endif
