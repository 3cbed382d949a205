#include "tests/unit/compiled.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATHS = 8 };

static char folder[64];

void compiled_begin(void)
{
    strcpy(folder, "/tmp/sockfault-compiled-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
}

void compiled_end(void)
{
    compiled_run("rm -rf '%s'", folder);
}

const char *compiled_path(const char *name)
{
    static char paths[PATHS][256];
    static unsigned int turn;
    char *path = paths[turn++ % PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void compiled_write(const char *name, const char *text)
{
    FILE *file = fopen(compiled_path(name), "w");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "%s", name);
}

void compiled_run(const char *format, ...)
{
    char command[2048];
    va_list arguments;
    int len = snprintf(command, sizeof command, "cd '%s' && ", folder);
    va_start(arguments, format);
    vsnprintf(command + len, sizeof command - (size_t)len, format, arguments);
    va_end(arguments);
    cr_assert(system(command) == 0, "%s", command);
}
