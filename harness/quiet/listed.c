#include "harness/quiet/listed.h"

#include "harness/procfs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

long listed_last(struct listed *listed)
{
    char text[128];
    if (listed->loadavg == 0)
        listed->loadavg = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    ssize_t got = listed->loadavg < 0 ? -1 : pread(listed->loadavg, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    const char *blank = strrchr(text, ' ');
    return blank ? strtol(blank, NULL, 10) : 0;
}

static void list_pid(void *context, int pid)
{
    struct listed *listed = context;
    if (listed->count == listed->capacity) {
        size_t capacity = listed->capacity ? 2 * listed->capacity : 32;
        pid_t *more = realloc(listed->pids, capacity * sizeof *more);
        if (!more) {
            listed->last = 0;
            return;
        }
        listed->pids = more;
        listed->capacity = capacity;
    }
    listed->pids[listed->count++] = pid;
}

bool listed_update(struct listed *listed)
{
    long now = listed_last(listed);
    if (now != 0 && now == listed->last)
        return true;
    listed->count = 0;
    listed->last = now ? now : -1;
    bool complete = proc_each_number("/proc", list_pid, listed) && listed->last != 0;
    listed->last = complete ? now : 0;
    return complete;
}

void listed_free(struct listed *listed)
{
    if (listed->loadavg > 0)
        close(listed->loadavg);
    free(listed->pids);
    *listed = (struct listed){0};
}
