#include "harness/procfs.h"

#include "harness/phrase.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_each_number(const char *path, void (*one)(void *context, int number), void *context)
{
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    int own = dirfd(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && !*end && !(number == own && !strcmp(path, "/proc/self/fd")))
            one(context, (int)number);
    }
    closedir(dir);
    return true;
}

static ssize_t read_small(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t got = read(fd, text, size - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got;
}

/* State and parent out of a stat file; the name in it may hold blanks and parentheses. */
static bool read_stat(const char *path, char *ret_state, pid_t *ret_parent)
{
    char text[1024];
    if (read_small(path, text, sizeof text) <= 0)
        return false;
    char *after = strrchr(text, ')');
    int parent;
    return after && sscanf(after + 1, " %c %d", ret_state, &parent) == 2 && (*ret_parent = parent, true);
}

struct table_reader {
    struct proc_table *table;
    size_t capacity;
};

static void table_add(void *context, int pid)
{
    struct table_reader *reader = context;
    struct proc_table *table = reader->table;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    struct proc_entry entry = {.pid = pid};
    if (!read_stat(path, &entry.state, &entry.parent))
        return;
    if (table->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 32;
        struct proc_entry *more = realloc(table->items, capacity * sizeof *more);
        if (!more)
            return;
        table->items = more;
        reader->capacity = capacity;
    }
    table->items[table->count++] = entry;
}

bool proc_table_read(struct proc_table *table)
{
    proc_table_free(table);
    struct table_reader reader = {.table = table};
    return proc_each_number("/proc", table_add, &reader);
}

void proc_table_free(struct proc_table *table)
{
    free(table->items);
    *table = (struct proc_table){0};
}

static const struct proc_entry *find(const struct proc_table *table, pid_t pid)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->items[i].pid == pid)
            return &table->items[i];
    return NULL;
}

bool proc_descends(const struct proc_table *table, pid_t pid, pid_t ancestor)
{
    /* Parents read at different moments could form a circle: no chain is longer than the table. */
    for (size_t steps = 0; steps <= table->count; steps++) {
        if (pid == ancestor)
            return true;
        const struct proc_entry *entry = find(table, pid);
        if (!entry || entry->parent <= 0)
            return false;
        pid = entry->parent;
    }
    return false;
}

int proc_zombies(const struct proc_table *table, pid_t ancestor)
{
    int zombies = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct proc_entry *entry = &table->items[i];
        if (entry->state == 'Z' && entry->pid != ancestor && proc_descends(table, entry->pid, ancestor))
            zombies++;
    }
    return zombies;
}

struct sleep_check {
    pid_t pid;
    bool asleep;
};

static void check_task(void *context, int tid)
{
    struct sleep_check *check = context;
    char path[80], state = 'R';
    pid_t parent;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", check->pid, tid);
    if (read_stat(path, &state, &parent) && !strchr("SZXI", state))
        check->asleep = false;
}

bool proc_asleep(pid_t pid)
{
    struct sleep_check check = {.pid = pid, .asleep = true};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    return proc_each_number(path, check_task, &check) && check.asleep;
}

static void count_one(void *context, int number)
{
    (void)number;
    ++*(int *)context;
}

int proc_fd_count(pid_t pid)
{
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return proc_each_number(path, count_one, &count) ? count : -1;
}

bool proc_among(const pid_t *pids, pid_t pid)
{
    while (pids && *pids && *pids != pid)
        pids++;
    return pids && *pids;
}

struct others_check {
    const pid_t *others;
    pid_t self;
    bool alone;
};

static void check_other(void *context, int pid)
{
    struct others_check *check = context;
    check->alone = check->alone && (pid == check->self || proc_among(check->others, pid));
}

bool proc_alone(const pid_t *others)
{
    struct others_check check = {.others = others, .self = getpid(), .alone = true};
    return proc_each_number("/proc", check_other, &check) && check.alone;
}

struct fd_lister {
    pid_t pid;
    char *text;
};

static void list_one(void *context, int fd)
{
    struct fd_lister *lister = context;
    char path[64], target[200];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", lister->pid, fd);
    ssize_t len = readlink(path, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    phrase_append(&lister->text, ", ", "%d -> %s", fd, target);
}

char *proc_fd_list(pid_t pid)
{
    struct fd_lister lister = {.pid = pid};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    proc_each_number(path, list_one, &lister);
    return lister.text;
}

int proc_syscall(pid_t pid, pid_t tid)
{
    char path[80], text[256];
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    if (read_small(path, text, sizeof text) <= 0)
        return -2;
    char *end;
    long number = strtol(text, &end, 10);
    return end == text ? -1 : (int)number;
}
