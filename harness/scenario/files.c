#include "harness/scenario/files.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* error: errno, or 0 for a FIFO, a device or a socket. */
static void cannot_read(const char *path, int error, struct diag *diag)
{
    diag_set(diag, STATUS_USAGE, "%s: cannot be read (%s), expected a scenario file or a folder of them",
             path, error != 0 ? strerror(error) : "not a regular file");
}

static bool is_scenario(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* A FIFO or a device in a folder would hold up all the rest. Returns as `judge` does. */
static int readable(FTSENT *entry)
{
    struct stat st;
    if (stat(entry->fts_path, &st) != 0) {
        entry->fts_errno = errno;
        return -1;
    }
    entry->fts_errno = S_ISDIR(st.st_mode) ? EISDIR : 0;
    return S_ISREG(st.st_mode) ? 1 : -1;
}

/* What there is to do with one entry of the walk: 1 take it, 0 pass it by, -1 it cannot be read. */
static int judge(FTS *walk, FTSENT *entry)
{
    bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
    switch (entry->fts_info) {
    case FTS_D:
        if (hidden)
            fts_set(walk, entry, FTS_SKIP);
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return -1;
    case FTS_DP:
    case FTS_DC:
        return 0;
    default:
        return hidden || !is_scenario(entry->fts_name) ? 0 : readable(entry);
    }
}

struct paths {
    struct pool **pool;
    char **items;
    size_t count, room;
};

static void add(struct paths *paths, const char *path)
{
    if (paths->count + 1 >= paths->room) {
        size_t room = paths->room > 0 ? 2 * paths->room : 16;
        char **items = pool_room(paths->pool, room, sizeof *items);
        if (paths->count > 0)
            memcpy(items, paths->items, paths->count * sizeof *items);
        paths->items = items;
        paths->room = room;
    }
    paths->items[paths->count++] = pool_copy(paths->pool, path, strlen(path));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool walk_folder(const char *folder, struct paths *paths, struct diag *diag)
{
    char *const roots[] = {(char *)folder, NULL};
    bool ok = true;
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
    if (walk == NULL)
        return cannot_read(folder, errno, diag), false;
    for (FTSENT *entry; ok && (entry = fts_read(walk)) != NULL;) {
        int verdict = judge(walk, entry);
        ok = verdict >= 0;
        if (!ok)
            cannot_read(entry->fts_path, entry->fts_errno, diag);
        else if (verdict > 0)
            add(paths, entry->fts_path);
    }
    fts_close(walk);
    return ok;
}

char **files_find(const char *path, struct pool **pool, struct diag *diag)
{
    struct paths paths = {.pool = pool};
    struct stat st;
    size_t len = strlen(path);
    if (stat(path, &st) != 0)
        return cannot_read(path, errno, diag), NULL;
    if (!S_ISDIR(st.st_mode)) {
        add(&paths, path);
        return paths.items;
    }
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (!walk_folder(pool_copy(pool, path, len), &paths, diag))
        return NULL;
    if (paths.count == 0) {
        diag_set(diag, STATUS_USAGE,
                 "%s: got a folder without scenarios, expected *.yaml or *.yml in it or below", path);
        return NULL;
    }
    qsort(paths.items, paths.count, sizeof *paths.items, compare);
    return paths.items;
}

char *file_read(const char *path, size_t max, size_t *ret_len, struct diag *diag)
{
    FILE *file = fopen(path, "re");
    char *text = NULL, *result = NULL;
    if (file == NULL)
        return cannot_read(path, errno, diag), NULL;
    text = malloc(max);
    if (text == NULL) {
        diag_set(diag, STATUS_TROUBLE, "no memory");
        goto out;
    }
    size_t len = fread(text, 1, max, file);
    if (ferror(file)) {
        cannot_read(path, errno, diag);
        goto out;
    }
    *ret_len = len;
    result = text;
    text = NULL;
out:
    free(text);
    fclose(file);
    return result;
}
