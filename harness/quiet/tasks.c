#include "harness/quiet/tasks.h"

#include "harness/run/procfs.h"
#include "shim/model/hash.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_file(pid_t pid, pid_t tid, const char *name, char *text, size_t size)
{
    char path[80];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* The state is what follows the name, which may hold blanks and parentheses. */
static void read_state(struct task *task)
{
    char text[1024], *after = NULL;
    task->state = 'X'; /* it is gone */
    if (read_file(task->pid, task->tid, "stat", text, sizeof text))
        after = strrchr(text, ')');
    if (after && after[1] && after[2])
        task->state = after[2];
}

/* "running", "-1 ..." for one that sleeps in no system call, or the number and six arguments. */
static void read_syscall(struct task *task)
{
    char text[256], *at = text;
    task->number = TASK_HIDDEN;
    if (!read_file(task->pid, task->tid, "syscall", text, sizeof text))
        return;
    task->number = (int)strtol(text, &at, 10);
    if (at == text)
        task->number = TASK_RUNNING;
    for (int i = 0; i < 6 && at != text; i++)
        task->args[i] = strtoull(at, &at, 16);
}

/*
 * "time on a processor, time waited for one, how often": the last is what moves whenever it runs. A kernel
 * without CONFIG_SCHEDSTATS writes zeroes: there the switches stand in the longer file alone.
 */
static bool read_schedstat(struct task *task)
{
    char text[128];
    unsigned long long ran, waited, count = 0;
    if (!read_file(task->pid, task->tid, "schedstat", text, sizeof text) ||
        sscanf(text, "%llu %llu %llu", &ran, &waited, &count) != 3 || count == 0)
        return false;
    task->ran_ns = (int64_t)ran;
    task->ready_ns = (int64_t)waited;
    task->switches = count;
    return true;
}

static bool read_status(struct task *task)
{
    char text[4096];
    unsigned long long asked, forced;
    const char *at = read_file(task->pid, task->tid, "status", text, sizeof text)
                         ? strstr(text, "\nvoluntary_ctxt_switches:")
                         : NULL;
    if (!at || sscanf(at, "\nvoluntary_ctxt_switches: %llu\nnonvoluntary_ctxt_switches: %llu", &asked,
                      &forced) != 2)
        return false;
    task->switches = asked + forced;
    return true;
}

void task_read(struct task *task)
{
    read_state(task);
    if (task->state == 'Z' || task->state == 'X')
        return;
    read_syscall(task);
    /* Whether it has run in between could not be told. */
    if (!read_schedstat(task) && !read_status(task))
        task->number = TASK_HIDDEN;
}

/* One that is being woken still has its call, but no longer this state; one that has begun to sleep, the
 * state, but no call to sleep in yet. */
bool task_sleeps(const struct task *task)
{
    return strchr("SITZX", task->state) && !(task->state == 'S' && task->number == TASK_RUNNING);
}

struct reader {
    struct tasks *tasks;
    pid_t pid;
    bool all, failed;
};

static void add(void *context, int tid)
{
    struct reader *reader = context;
    struct tasks *tasks = reader->tasks;
    struct task task = {.pid = reader->pid, .tid = tid, .is_spared = tid == tasks->spared};
    if (reader->failed && !reader->all)
        return;
    task_read(&task);
    if (task.state == 'Z' || task.state == 'X')
        return;
    if (tasks->count == tasks->capacity) {
        size_t capacity = tasks->capacity ? 2 * tasks->capacity : 32;
        struct task *more = realloc(tasks->items, capacity * sizeof *more);
        reader->failed = reader->failed || !more;
        if (!more)
            return;
        tasks->items = more;
        tasks->capacity = capacity;
    }
    tasks->items[tasks->count++] = task;
    reader->failed = reader->failed || (!task_sleeps(&task) && !task.is_spared);
}

/* A process of the table; one that has ended and whose end the root has not been told of yet is news. */
static void add_process(struct reader *reader, const struct proc_entry *entry, pid_t root)
{
    char path[64];
    if (entry->state == 'Z') {
        reader->failed = reader->failed || entry->parent == root;
        return;
    }
    reader->pid = entry->pid;
    snprintf(path, sizeof path, "/proc/%d/task", (int)entry->pid);
    proc_each_number(path, add, reader);
}

static bool takes_part(const struct tasks_of *of, const struct proc_table *table, pid_t pid)
{
    return pid == of->root ? of->with_root : of->whole || proc_descends(table, pid, of->root);
}

bool tasks_read(struct tasks *tasks, const struct tasks_of *of, bool all)
{
    struct proc_table table = {0};
    struct reader reader = {.tasks = tasks, .all = all};
    tasks->count = 0;
    reader.failed = !proc_table_read(&table);
    for (size_t i = 0; i < table.count && (all || !reader.failed); i++)
        if (takes_part(of, &table, table.items[i].pid))
            add_process(&reader, &table.items[i], of->root);
    proc_table_free(&table);
    return !reader.failed;
}

void tasks_free(struct tasks *tasks)
{
    free(tasks->items);
    *tasks = (struct tasks){0};
}

bool tasks_same(const struct tasks *before, const struct tasks *after)
{
    if (before->count != after->count)
        return false;
    for (size_t i = 0; i < before->count; i++) {
        const struct task *a = &before->items[i], *b = &after->items[i];
        if (a->pid != b->pid || a->tid != b->tid)
            return false;
        if (!a->is_spared && (a->state != b->state || a->number != b->number || a->switches != b->switches))
            return false;
    }
    return true;
}

uint64_t tasks_stirs(const struct tasks *tasks)
{
    uint64_t stirs = 0;
    for (size_t i = 0; i < tasks->count; i++) {
        const struct task *task = &tasks->items[i];
        if (task->is_spared)
            continue;
        stirs = draw(stirs, (uint64_t)task->pid, (uint64_t)task->tid, task->switches, 0, 0);
    }
    return stirs ? stirs : 1;
}
