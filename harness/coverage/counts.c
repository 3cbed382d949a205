#include "harness/coverage/counts.h"
#include "harness/coverage/run_tool.h"
#include "harness/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *where)
{
    (void)facts;
    (void)type;
    (void)where;
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

void counts_remove(const char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool fails(struct diag *diag, const char *path)
{
    diag_set(diag, STATUS_TROUBLE, "%s: %s", path, strerror(errno));
    return false;
}

/* The lock of the folder that `into` is in; -1. */
static int lock_beside(const char *into)
{
    char path[PATH_MAX];
    const char *slash = strrchr(into, '/');
    snprintf(path, sizeof path, "%.*s/lock", slash == NULL ? 1 : (int)(slash - into),
             slash == NULL ? "." : into);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) < 0)
        if (errno != EINTR) {
            close(fd);
            return -1;
        }
    return fd;
}

/* Puts the sum of both, or, where `other` is NULL, what is in the one, into a third folder. */
static bool make_sum(const char *gcov_tool, const char *one, const char *other, const char *sum,
                     struct diag *diag)
{
    const char *const merge[] = {gcov_tool, "merge", "-o", sum, one, other, NULL};
    const char *const rewrite[] = {gcov_tool, "rewrite", "-o", sum, one, NULL};
    char *said = NULL;
    size_t len;
    counts_remove(sum);
    bool made = tool_run(other == NULL ? rewrite : merge, &said, &len, diag);
    free(said);
    if (!made)
        counts_remove(sum);
    return made;
}

/* Lets `sum` take the place of `into`. A moment in which neither is there is in nobody's way: it is locked.
 */
static bool replace(const char *into, const char *sum, struct diag *diag)
{
    char *old = text_format("%s.old", into);
    bool moved = old != NULL && (rename(into, old) == 0 || errno == ENOENT) && rename(sum, into) == 0;
    if (!moved)
        fails(diag, into);
    else
        counts_remove(old);
    free(old);
    return moved;
}

static bool sum_up(const char *gcov_tool, const char *into, const char *from, struct diag *diag)
{
    char *sum = text_format("%s.new", into);
    bool there = access(into, F_OK) == 0;
    bool made =
        sum != NULL && make_sum(gcov_tool, from, there ? into : NULL, sum, diag) && replace(into, sum, diag);
    free(sum);
    return made;
}

bool counts_add(const char *gcov_tool, const char *into, const char *from, struct diag *diag)
{
    int lock = lock_beside(into);
    if (lock < 0)
        return fails(diag, into);
    bool added = rename(from, into) == 0 || sum_up(gcov_tool, into, from, diag);
    close(lock);
    counts_remove(from);
    return added;
}

bool counts_copy(const char *gcov_tool, const char *into, const char *from, struct diag *diag)
{
    int lock = lock_beside(into);
    if (lock < 0)
        return fails(diag, into);
    bool copied = sum_up(gcov_tool, into, from, diag);
    close(lock);
    return copied;
}
