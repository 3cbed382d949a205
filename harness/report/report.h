/*
 * Reports: functions over results. Each format is a row of the table in report.c. A report that shows
 * progress also has begin and one; the others are called once at the end.
 */
#ifndef SOCKFAULT_REPORT_H
#define SOCKFAULT_REPORT_H

#include "harness/diag.h"
#include "harness/run/result/result.h"

#include <stdbool.h>
#include <stdio.h>

struct report_stream {
    FILE *file;
    bool terminal; /* colour and progress are welcome */
    bool quiet;
    size_t total; /* experiments there will be */
    /* The scenario file of each of the `total` experiments, so that a file can be said to be done; or NULL:
     * not told. */
    const char *const *files;
    void *state; /* the format's own, from begin to end; NULL before and after */
};

struct report_format {
    const char *name; /* text, tap, junit, json */
    const char *help;
    void (*begin)(struct report_stream *stream);                            /* may be NULL */
    void (*one)(struct report_stream *stream, const struct result *result); /* may be NULL: when it is over */
    void (*end)(struct report_stream *stream, const struct results *results); /* whole tree */
};

/*
 * "N passed, N failed" and, if any, ", N skipped", alone on a line: what a run closes with. The text format's
 * `end` writes it itself; for a run without one.
 */
void report_totals(FILE *file, const struct results *results);

/* The format of that name, or NULL; the i-th, or NULL past the end. */
const struct report_format *report_find(const char *name);
const struct report_format *report_at(size_t i);

#endif
