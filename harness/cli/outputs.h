/* Where the reports of a run go: --report FORMAT[=FILE], several of them. */
#ifndef SOCKFAULT_OUTPUTS_H
#define SOCKFAULT_OUTPUTS_H

#include "harness/diag.h"
#include "harness/report/report.h"

#include <stddef.h>

enum { OUTPUTS_MAX = 9 };

struct output {
    const struct report_format *format;
    const char *path; /* NULL: standard output */
    struct report_stream stream;
};

struct outputs {
    struct output items[OUTPUTS_MAX];
    size_t count;
};

/*
 * Adds what a --report says: "text", "junit=FILE", or several joined by ','; FILE '-' is standard output. The
 * text is cut into pieces and kept. NULL, or, malloc'd, "got X, expected Y".
 */
char *outputs_add(struct outputs *outputs, char *text);

/*
 * Opens the files and begins the reports, for `total` experiments of the scenario files files[0..total). The
 * text report is added on standard output when no report goes there. false with *diag (TROUBLE) when a file
 * cannot be made.
 */
bool outputs_begin(struct outputs *outputs, const char *const *files, size_t total, bool quiet,
                   struct diag *diag);

/* One experiment is over. */
void outputs_one(struct outputs *outputs, const struct result *result);

/*
 * The whole tree; then `N passed, N failed[, N skipped]` as the last line: on standard output, or on standard
 * error when a report of another format than text has that. Closes the files. false with *diag (TROUBLE): not
 * all was written.
 */
bool outputs_end(struct outputs *outputs, const struct results *results, struct diag *diag);

#endif
