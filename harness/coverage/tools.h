/* gcov(1) and gcov-tool(1). They understand what their own version of gcc counts, and no other's. */
#ifndef SOCKFAULT_COVERAGE_TOOLS_H
#define SOCKFAULT_COVERAGE_TOOLS_H

#include "harness/diag.h"

enum { TOOL_NAME_MAX = 32 };

struct coverage_tools {
    char gcov[TOOL_NAME_MAX], gcov_tool[TOOL_NAME_MAX]; /* found by PATH */
};

/*
 * "gcov-12", or "gcov" where that is of gcc 12; the same of gcov-tool. major 0: whatever they are of. False
 * with *diag (TROUBLE): one is not there.
 */
bool coverage_tools_find(int major, struct coverage_tools *ret, struct diag *diag);

#endif
