/* Reading one file of reports. Internal to harness/memory/. */
#ifndef SOCKFAULT_MEMORY_REPORTS_H
#define SOCKFAULT_MEMORY_REPORTS_H

#include "harness/program/program.h"

/* Adds the errors of a file to *lines (malloc'd or NULL), each once. One that is cut off counts as far as it
 * goes. */
void reports_read_valgrind(const char *path, char **lines);
void reports_read_asan(const char *path, struct sites *sites, char **lines);

/* Whether a frame in that file says nothing about the program: of a tool, libc or the shim. */
bool reports_is_foreign(const char *module);

/* Adds a line unless it is there. */
void reports_add(char **lines, const char *line);

#endif
