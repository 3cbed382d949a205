#include "harness/quiet/softirq.h"

#include "harness/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "(ksoftirqd/"

static int open_stat(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* "14 (ksoftirqd/0) S 2 ...": the state, '\0': it is none of them. */
static char state_of(int fd)
{
    char text[128];
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    const char *name = strchr(text, '('), *after = strchr(text, ')');
    bool is_one = name && after && strncmp(name, NAME, strlen(NAME)) == 0;
    return is_one && after[1] == ' ' ? after[2] : '\0';
}

static void add(void *context, int pid)
{
    struct softirq *found = context;
    int fd = found->count < SOFTIRQ_MAX ? open_stat(pid) : -1;
    if (fd < 0)
        return;
    if (state_of(fd))
        found->pids[found->count++] = pid;
    close(fd);
}

void softirq_find(struct softirq *ret)
{
    ret->count = 0;
    proc_each_number("/proc", add, ret);
}

void softirq_open(const struct softirq *found, struct softirq *ret)
{
    ret->count = 0;
    for (int i = 0; i < found->count; i++) {
        int fd = open_stat(found->pids[i]);
        if (fd < 0)
            continue;
        ret->pids[ret->count] = found->pids[i];
        ret->fds[ret->count++] = fd;
    }
}

void softirq_close(struct softirq *softirq)
{
    for (int i = 0; i < softirq->count; i++)
        close(softirq->fds[i]);
    softirq->count = 0;
}

bool softirq_runs(const struct softirq *softirq)
{
    for (int i = 0; i < softirq->count; i++) {
        char state = state_of(softirq->fds[i]);
        if (state && !strchr("SI", state))
            return true;
    }
    return false;
}
