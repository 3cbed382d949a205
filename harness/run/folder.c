#include "harness/run/folder.h"

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

static bool usable(const char *path)
{
    struct statvfs facts;
    return path && path[0] == '/' && strlen(path) < PATH_MAX - 64 && access(path, W_OK | X_OK) == 0 &&
           statvfs(path, &facts) == 0 && !(facts.f_flag & (ST_NOEXEC | ST_RDONLY));
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
             "where files "
             "can be made and run");
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

static void remove_inside(int fd, dev_t device);

static void remove_entry(int parent, const char *name, dev_t device)
{
    if (unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
        return;
    /* A program may have taken its own folder's permissions away. */
    fchmodat(parent, name, 0700, 0);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        remove_inside(fd, device);
    unlinkat(parent, name, AT_REMOVEDIR);
}

/* Takes fd over. */
static void remove_inside(int fd, dev_t device)
{
    struct stat facts;
    DIR *dir = fstat(fd, &facts) == 0 && facts.st_dev == device ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_entry(dirfd(dir), entry->d_name, device);
    closedir(dir);
}

void folder_remove(struct folder *folder)
{
    struct stat facts;
    int fd = folder->lock < 0 ? -1 : openat(folder->lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &facts) == 0)
        remove_inside(fd, facts.st_dev);
    if (folder->lock >= 0)
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
