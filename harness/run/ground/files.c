#include "harness/run/ground/files.h"

#include "harness/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes the folders above the last component. path is written to and restored. */
static bool make_folders(char *path, size_t root_len)
{
    for (char *slash = path + root_len + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0)
            return false;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static bool write_text(const struct run *run, const struct scenario_file *file, const char *path,
                       struct diag *diag)
{
    char *text = scenario_expand(file->content, &run->runtime, diag);
    if (!text)
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, strncmp(text, "#!", 2) == 0 ? 0755 : 0644);
    bool good = fd >= 0 && write_all(fd, text, strlen(text));
    if (fd >= 0)
        good = close(fd) == 0 && good;
    free(text);
    return good;
}

/* Regular files only; st is that of `from`. */
static bool copy_bytes(int from, const struct stat *st, const char *path)
{
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st->st_mode & 0777);
    if (to < 0)
        return false;
    ssize_t moved = 1;
    for (off_t done = 0; done < st->st_size && moved > 0;)
        moved = sendfile(to, from, &done, (size_t)(st->st_size - done));
    bool copied = moved > 0 || st->st_size == 0;
    return close(to) == 0 && copied;
}

static bool copy_file(const struct run *run, const struct scenario_file *file, const char *path,
                      struct diag *diag)
{
    struct stat st;
    char *name = scenario_expand(file->copy_from, &run->runtime, diag);
    char *from = name && name[0] != '/' ? text_format("%s/%s", run->options->root, name) : name;
    int fd = from ? open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool good = fd >= 0 && fstat(fd, &st) == 0;
    if (good && !S_ISREG(st.st_mode)) {
        errno = EISDIR;
        good = false;
    }
    good = good && copy_bytes(fd, &st, path);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (!good && from && diag_ok(diag))
        diag_at(diag, file->place.file, file->place.line, file->place.column, "%s cannot be copied: %s", from,
                strerror(error));
    if (from != name)
        free(from);
    free(name);
    return good;
}

static bool make_file(const struct run *run, const struct scenario_file *file, struct diag *diag)
{
    char *path = text_format("%s/%s", run->dir, file->name);
    bool good = path && make_folders(path, strlen(run->dir));
    if (good)
        good = file->content ? write_text(run, file, path, diag) : copy_file(run, file, path, diag);
    if (!good && diag_ok(diag))
        diag_at(diag, file->place.file, file->place.line, file->place.column, "file %s cannot be made: %s",
                file->name, strerror(errno));
    free(path);
    return good;
}

bool files_make(const struct run *run, struct diag *diag)
{
    if (mkdir(run->dir, 0700) < 0) {
        diag_set(diag, STATUS_TROUBLE, "%s: %s", run->dir, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < run->experiment->file_count; i++)
        if (!make_file(run, &run->experiment->files[i], diag))
            return false;
    return true;
}
