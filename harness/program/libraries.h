/* The shared libraries of a program, before it is started. */
#ifndef SOCKFAULT_LIBRARIES_H
#define SOCKFAULT_LIBRARIES_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    LIBRARIES_MAX = 1024,
    LIBRARIES_BYTES = 256 * 1024, /* of what the loader may say */
    LIBRARIES_WAIT_MS = 5000,
};

struct libraries {
    size_t count;
    char **paths; /* as the loader names them, in the order it loads them; the loader itself is among them */
};

/*
 * Lists what the program's own dynamic loader would load for it in the environment `envp` (NULL: ours), by
 * `LOADER --list PROGRAM` (ld.so(8)). Nothing of program and libraries is executed: but the loader that the
 * program names is, so a program must be one that is going to be run. LD_PRELOAD, LD_AUDIT and LD_DEBUG are
 * taken out of the environment. A program without a loader (static) has none; what is opened later by
 * dlopen(3) is not known. Bounded in time and size as above. False with *diag (TROUBLE): it cannot be read or
 * is not ELF; its loader cannot be run, does not find a library, or does not end.
 * Freed with libraries_free, also after false.
 */
bool libraries_list(const char *program, char *const *envp, struct libraries *ret, struct diag *diag);
void libraries_free(struct libraries *libraries);

#endif
