#include "harness/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(struct diag *diag, const char *format, va_list arguments)
{
    size_t used = strlen(diag->text);
    vsnprintf(diag->text + used, sizeof diag->text - used, format, arguments);
}

void diag_set(struct diag *diag, enum status status, const char *format, ...)
{
    if (!diag_ok(diag))
        return;
    diag->status = status;
    diag->text[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    append(diag, format, arguments);
    va_end(arguments);
}

void diag_at(struct diag *diag, const char *file, int line, int column, const char *format, ...)
{
    if (!diag_ok(diag))
        return;
    diag->status = STATUS_USAGE;
    snprintf(diag->text, sizeof diag->text, "%s:%d:%d: error: ", file, line, column);
    va_list arguments;
    va_start(arguments, format);
    append(diag, format, arguments);
    va_end(arguments);
}

void diag_more(struct diag *diag, const char *format, ...)
{
    size_t used = strlen(diag->text);
    if (used > 0 && used + 1 < sizeof diag->text)
        strcpy(diag->text + used, "\n");
    va_list arguments;
    va_start(arguments, format);
    append(diag, format, arguments);
    va_end(arguments);
}
