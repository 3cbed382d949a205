#include "harness/run/ground/folder.h"

#include "harness/run/start/preload.h"
#include "shim/model/board.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* For the boards of a few experiments. */
#define SPACE_MIN ((size_t)3 * sizeof(struct board))

/* Some file systems do not tell their size. */
static bool has_space(const struct statvfs *facts)
{
    return facts->f_blocks == 0 || facts->f_bavail >= SPACE_MIN / facts->f_frsize;
}

static bool usable(const char *path)
{
    struct statvfs facts;
    return path && path[0] == '/' && strlen(path) < PATH_MAX - 64 && !strpbrk(path, PRELOAD_SEPARATORS) &&
           access(path, W_OK | X_OK) == 0 && statvfs(path, &facts) == 0 &&
           !(facts.f_flag & (ST_NOEXEC | ST_RDONLY)) && has_space(&facts);
}

bool folder_base(char base[PATH_MAX], struct diag *diag)
{
    const char *candidates[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR"), "/tmp"};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (usable(candidates[i])) {
            snprintf(base, PATH_MAX, "%s", candidates[i]);
            return true;
        }
    diag_set(diag, STATUS_TROUBLE,
             "no place for temporary files: of XDG_RUNTIME_DIR, /dev/shm, TMPDIR and /tmp none is a folder "
             "where files can "
             "be made and run, with %zu MiB of space and no blank or colon in its name",
             SPACE_MIN >> 20);
    return false;
}

/* Between being made and being locked a folder looks left over, and another run may have removed it. */
static bool still_there(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

bool folder_make(const char *base, bool keep, struct folder *ret, struct diag *diag)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        struct folder folder;
        int len = snprintf(folder.path, sizeof folder.path, "%s/sockfault-%s%u-XXXXXX", base,
                           keep ? "kept-" : "", (unsigned int)getuid());
        if (len >= (int)sizeof folder.path || !mkdtemp(folder.path))
            break;
        folder.lock = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder.lock >= 0 && flock(folder.lock, LOCK_SH) == 0 && still_there(folder.lock, folder.path)) {
            *ret = folder;
            return true;
        }
        if (folder.lock >= 0)
            close(folder.lock);
    }
    diag_set(diag, STATUS_TROUBLE, "%s: a temporary folder cannot be made: %s", base, strerror(errno));
    return false;
}

/* A removal under way. */
struct removal {
    int top; /* the folder */
    dev_t device;
    unsigned int moved; /* folders put there because they were too deep */
};

/*
 * So deep it is gone down, each step with a descriptor and a stack frame; what is deeper is first moved to
 * the top. A program can nest folders deeper than there are descriptors.
 */
enum { DEPTH_MAX = 8, ROUNDS_MAX = 1000000 };

static void move_up(struct removal *removal, int parent, const char *name)
{
    char there[32];
    do
        snprintf(there, sizeof there, "deep-%u", removal->moved++);
    while (renameat2(parent, name, removal->top, there, RENAME_NOREPLACE) < 0 && errno == EEXIST);
}

static void remove_inside(struct removal *removal, int fd, int depth);

static void remove_entry(struct removal *removal, int parent, const char *name, int depth)
{
    if (unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
        return;
    /* A program may have taken its own folder's permissions away. */
    if (fchmodat(parent, name, 0700, 0) < 0 && errno != EPERM)
        return;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || (errno != ENOTEMPTY && errno != EEXIST))
        return;
    if (depth == DEPTH_MAX) {
        move_up(removal, parent, name);
        return;
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        remove_inside(removal, fd, depth + 1);
    unlinkat(parent, name, AT_REMOVEDIR);
}

/* Takes fd over. */
static void remove_inside(struct removal *removal, int fd, int depth)
{
    struct stat facts;
    DIR *dir = fstat(fd, &facts) == 0 && facts.st_dev == removal->device ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_entry(removal, dirfd(dir), entry->d_name, depth);
    closedir(dir);
}

/* One round over all that is in it. Returns whether there must be another. */
static bool remove_round(struct removal *removal)
{
    unsigned int before = removal->moved;
    int fd = openat(removal->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        remove_inside(removal, fd, 0);
    return removal->moved != before;
}

static void remove_all(const struct folder *folder)
{
    struct stat facts;
    if (fstat(folder->lock, &facts) < 0)
        return;
    struct removal removal = {.top = folder->lock, .device = facts.st_dev};
    for (int i = 0; i < ROUNDS_MAX && remove_round(&removal); i++)
        ;
}

bool folder_empty(const struct folder *folder)
{
    remove_all(folder);
    int fd = openat(folder->lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool empty = dir != NULL;
    if (dir == NULL && fd >= 0)
        close(fd);
    for (struct dirent *entry; empty && (entry = readdir(dir));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir)
        closedir(dir);
    return empty;
}

void folder_remove(struct folder *folder)
{
    if (folder->lock < 0)
        return;
    remove_all(folder);
    rmdir(folder->path);
    folder_release(folder);
}

void folder_release(struct folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
}

/* Removes the folder if it is ours and nobody holds it. */
static bool sweep_one(const char *base, const char *name)
{
    struct folder folder;
    struct stat facts;
    int len = snprintf(folder.path, sizeof folder.path, "%s/%s", base, name);
    if (len < 0 || len >= (int)sizeof folder.path)
        return false;
    folder.lock = open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder.lock < 0)
        return false;
    if (fstat(folder.lock, &facts) == 0 && facts.st_uid == getuid() &&
        flock(folder.lock, LOCK_EX | LOCK_NB) == 0) {
        folder_remove(&folder);
        return true;
    }
    folder_release(&folder);
    return false;
}

int folder_sweep(const char *base)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "sockfault-%u-", (unsigned int)getuid());
    DIR *dir = opendir(base);
    if (!dir)
        return 0;
    int swept = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            swept += sweep_one(base, entry->d_name);
    closedir(dir);
    return swept;
}
