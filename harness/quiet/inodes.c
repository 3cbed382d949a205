#include "harness/quiet/inodes.h"

#include "harness/procfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct reader {
    struct inodes *inodes;
    pid_t pid;
};

static void add(void *context, int fd)
{
    struct reader *reader = context;
    struct inodes *inodes = reader->inodes;
    char path[64], target[64];
    unsigned long long inode;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)reader->pid, fd);
    ssize_t len = readlink(path, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    if (sscanf(target, "socket:[%llu]", &inode) != 1)
        return;
    if (inodes->count == inodes->capacity) {
        size_t capacity = 2 * inodes->capacity;
        uint64_t *more = reallocarray(inodes->items, capacity, sizeof *more);
        if (!more)
            return;
        inodes->items = more;
        inodes->capacity = capacity;
    }
    inodes->items[inodes->count++] = inode;
}

static int ascending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void inodes_read(struct inodes *inodes, const struct tasks *tasks)
{
    struct reader reader = {.inodes = inodes};
    *inodes = (struct inodes){.capacity = 64};
    inodes->items = calloc(inodes->capacity, sizeof *inodes->items);
    for (size_t i = 0; inodes->items && i < tasks->count; i++) {
        char path[64];
        if (tasks->items[i].pid == reader.pid)
            continue;
        reader.pid = tasks->items[i].pid;
        snprintf(path, sizeof path, "/proc/%d/fd", (int)reader.pid);
        proc_each_number(path, add, &reader);
    }
    if (inodes->items)
        qsort(inodes->items, inodes->count, sizeof *inodes->items, ascending);
}

void inodes_free(struct inodes *inodes)
{
    free(inodes->items);
    *inodes = (struct inodes){0};
}
