/* Tools that are started, and what they say. */
#ifndef SOCKFAULT_COVERAGE_RUN_TOOL_H
#define SOCKFAULT_COVERAGE_RUN_TOOL_H

#include "harness/diag.h"

#include <stddef.h>

/*
 * Runs argv (argv[0] by PATH) with nothing to read, waits for its end, and fills in what it wrote to standard
 * output, malloc'd with a NUL behind it; standard error goes to /dev/null. False with *diag (TROUBLE): it
 * cannot be run, or did not end with status 0.
 */
bool tool_run(const char *const *argv, char **ret_text, size_t *ret_len, struct diag *diag);

#endif
