/*
 * Reports: functions over results. Each format is a row of the table in report.c. A report that shows progress also has
 * begin and one; the others are called once at the end.
 */
#ifndef SOCKFAULT_REPORT_H
#define SOCKFAULT_REPORT_H

#include "harness/diag.h"
#include "harness/run/result.h"

#include <stdbool.h>
#include <stdio.h>

struct report_stream {
    FILE *file;
    bool terminal; /* colour and progress are welcome */
    bool quiet;
    size_t total;  /* experiments there will be */
};

struct report_format {
    const char *name; /* text, tap, junit, json */
    const char *help;
    void (*begin)(struct report_stream *stream);                              /* may be NULL */
    void (*one)(struct report_stream *stream, const struct result *result);   /* may be NULL: when it is over */
    void (*end)(struct report_stream *stream, const struct results *results); /* whole tree */
};

/* The format of that name, or NULL; the i-th, or NULL past the end. */
const struct report_format *report_find(const char *name);
const struct report_format *report_at(size_t i);

#endif
