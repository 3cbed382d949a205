/*
 * An experiment's private folder: mode 0700, on tmpfs where there is one. Its owner holds a lock (flock(2))
 * on it, shared with forked children, so that a folder nobody holds is known to be left over and is removed
 * by the next run.
 */
#ifndef SOCKFAULT_RUN_FOLDER_H
#define SOCKFAULT_RUN_FOLDER_H

#include "harness/diag.h"

#include <limits.h>
#include <stdbool.h>

struct folder {
    char path[PATH_MAX]; /* absolute; "" when there is none */
    int lock;            /* descriptor of the folder, locked; -1 when there is none */
};

/*
 * Where folders are made: $XDG_RUNTIME_DIR, /dev/shm, $TMPDIR, /tmp, the first in which files can be made and
 * run, there is space for some boards, and whose name can stand in LD_PRELOAD.
 */
bool folder_base(char base[PATH_MAX], struct diag *diag);

/* Makes one in `base`. One that is to be kept has a name that folder_sweep does not touch. */
bool folder_make(const char *base, bool keep, struct folder *ret, struct diag *diag);

/* Removes it with all that is in it, and lets go of it. Links are not followed, mounts not crossed. */
void folder_remove(struct folder *folder);

/* Removes all that is in it. false: something is still there. */
bool folder_empty(const struct folder *folder);

/* Lets go of it without removing it. */
void folder_release(struct folder *folder);

/* Removes this user's folders in `base` that nobody holds. Returns how many. */
int folder_sweep(const char *base);

#endif
