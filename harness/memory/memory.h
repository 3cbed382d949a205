/*
 * Memory errors that a program survives: told by valgrind, under which every program with the shim is run
 * then, or by AddressSanitizer, with which somebody has built it. Each process's reports are files of its own
 * in the experiment's folder, PREFIX.PID.
 */
#ifndef SOCKFAULT_MEMORY_H
#define SOCKFAULT_MEMORY_H

#include "harness/diag.h"
#include "harness/program/program.h"
#include "harness/scenario/scenario.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum memory_tool { MEMORY_NONE, MEMORY_VALGRIND, MEMORY_ASAN, MEMORY_TOOLS };

/* "valgrind", "asan"; of MEMORY_NONE "none". */
const char *memory_tool_name(enum memory_tool tool);

/* The tool of that name; MEMORY_NONE: there is none. */
enum memory_tool memory_tool_find(const char *name);

/* Where valgrind is, in PATH or the third-party folder. False with *diag (TROUBLE): it is not there. */
bool memory_find_valgrind(const char *root, const char *third_party, char ret[PATH_MAX], struct diag *diag);

/*
 * Whether the programs of an experiment fit the tool: for MEMORY_ASAN one of those with the shim at least is
 * built with it; for MEMORY_VALGRIND none. Those that are not known before they start are taken to fit.
 * Otherwise *diag (USAGE).
 */
bool memory_check(enum memory_tool tool, const struct experiment *experiment, const char *root,
                  const char *third_party, struct diag *diag);

/* The prefix of the reports of one process; "#" of "client#2" is in it. */
void memory_prefix(const char *folder, const char *process, char ret[PATH_MAX]);

/*
 * What stands before program and arguments: valgrind and its options, ending with "--". malloc'd strings,
 * *ret_count of them, with room for `more` and NULL behind; NULL: no memory. No check for leaks; processes
 * that are exec'd are watched as well.
 */
char **memory_valgrind_words(const char *valgrind, const char *prefix, size_t more, size_t *ret_count);

/*
 * The value of ASAN_OPTIONS (malloc'd; NULL: no memory) with which reports come here. Leaks are not looked
 * for unless `before`, what was there, says so.
 */
char *memory_asan_options(const char *before, const char *prefix);

/*
 * What has been reported below the prefix: a line for each kind of error at each place, as "Invalid write of
 * size 1 at take (client.c:31)", the first first; malloc'd, NULL: nothing. The place is the innermost frame
 * that is neither the tool's nor libc's nor the shim's. `sites` looks addresses up.
 */
char *memory_errors(enum memory_tool tool, const char *prefix, struct sites *sites);

/* Whether that file, or the base name of one, is the runtime of a sanitizer; and whether it is a program that
 * only starts another under a tool. */
bool memory_is_runtime(const char *module);
bool memory_is_launcher(const char *module);

/* Whether a line is among those of memory_errors. */
bool memory_knows(const char *errors, const char *line, size_t len);

#endif
