/* The text of a scenario file, and messages that show a place in it. */
#ifndef SOCKFAULT_SOURCE_H
#define SOCKFAULT_SOURCE_H

#include "harness/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { SOURCE_MAX = 1 << 20 };

struct source {
    const char *name; /* as the user named it */
    const char *text; /* len bytes, and a NUL */
    size_t len;
};

/* Line and column (both from 1, the column in bytes) of a byte of it; an offset past the end is the end. */
void source_locate(const struct source *source, size_t offset, int *ret_line, int *ret_column);

/*
 * "NAME:LINE:COLUMN: error: MESSAGE", the line of the source and a caret below. Returns false always, for
 * `return source_error(...)`.
 */
bool source_error(const struct source *source, struct diag *diag, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool source_verror(const struct source *source, struct diag *diag, size_t offset, const char *format,
                   va_list arguments) __attribute__((format(printf, 4, 0)));

/* Whether it is text at all: not empty, at most SOURCE_MAX bytes, UTF-8 without control characters. */
bool source_check(const struct source *source, struct diag *diag);

#endif
