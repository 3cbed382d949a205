#include "harness/coverage/tools.h"
#include "harness/coverage/run_tool.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "gcov (Debian 12.2.0-14) 12.2.0" in the first line; -1: it cannot be run. */
static int major_of(const char *tool)
{
    const char *const argv[] = {tool, "--version", NULL};
    struct diag diag = {0};
    char *text = NULL;
    size_t len;
    if (!tool_run(argv, &text, &len, &diag))
        return -1;
    text[strcspn(text, "\n")] = '\0';
    const char *last = strrchr(text, ' ');
    int major = last != NULL && isdigit((unsigned char)last[1]) ? atoi(last + 1) : 0;
    free(text);
    return major;
}

static bool find(const char *name, int major, char ret[TOOL_NAME_MAX], struct diag *diag)
{
    char versioned[TOOL_NAME_MAX];
    snprintf(versioned, sizeof versioned, "%s-%d", name, major);
    const char *const names[] = {versioned, name};
    int got = -1;
    for (size_t i = major == 0; i < sizeof names / sizeof *names; i++) {
        int found = major_of(names[i]);
        if (found >= 0 && (major == 0 || found == major)) {
            snprintf(ret, TOOL_NAME_MAX, "%s", names[i]);
            return true;
        }
        got = found;
    }
    if (major == 0)
        diag_set(diag, STATUS_TROUBLE, "--coverage: there is no %s", name);
    else if (got < 0)
        diag_set(diag, STATUS_TROUBLE, "--coverage: there is no %s of gcc %d, which built the program", name,
                 major);
    else
        diag_set(diag, STATUS_TROUBLE,
                 "--coverage: got a %s of gcc %d, expected that of gcc %d, which built the program", name,
                 got, major);
    return false;
}

bool coverage_tools_find(int major, struct coverage_tools *ret, struct diag *diag)
{
    return find("gcov", major, ret->gcov, diag) && find("gcov-tool", major, ret->gcov_tool, diag);
}
