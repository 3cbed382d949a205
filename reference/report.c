#include "reference/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void report(const char *format, ...)
{
    int error = errno;
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    /* One call for the whole line, so that the lines of forked children do not mix. */
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
    errno = error;
}
