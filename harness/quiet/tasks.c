#include "harness/quiet/tasks.h"

#include "harness/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Numbers behind the state in a stat file. */
enum { STAT_PARENT = 1, STAT_THREADS = 17 };

/* In place of a thread: the process, where it has but one. Its files are the same, and cost less to find. */
enum { PROCESS = 0 };

static bool read_file(pid_t pid, pid_t tid, const char *name, char *text, size_t size)
{
    char path[80];
    if (tid == PROCESS)
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    else
        snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

struct stat_line {
    char state; /* X: it is gone */
    pid_t parent;
    int threads; /* of the process */
};

/* The i-th number behind the state, from 1. */
static long number_behind(const char *state, int i)
{
    for (; i > 0 && state; i--)
        state = strchr(state + 1, ' ');
    return state ? strtol(state, NULL, 10) : 0;
}

/* The state is what follows the name, which may hold blanks and parentheses. */
static struct stat_line read_stat(pid_t pid, pid_t tid)
{
    char text[1024];
    const char *after = read_file(pid, tid, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;
    if (!after || !after[1] || !after[2])
        return (struct stat_line){.state = 'X'};
    return (struct stat_line){.state = after[2],
                              .parent = (pid_t)number_behind(after + 2, STAT_PARENT),
                              .threads = (int)number_behind(after + 2, STAT_THREADS)};
}

/* "running", "-1 ..." for one that sleeps in no system call, or the number and six arguments. */
static void read_syscall(struct task *task, pid_t tid)
{
    char text[256], *at = text;
    task->number = TASK_HIDDEN;
    if (!read_file(task->pid, tid, "syscall", text, sizeof text))
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
static bool read_schedstat(struct task *task, pid_t tid)
{
    char text[128], *at = text;
    if (!read_file(task->pid, tid, "schedstat", text, sizeof text))
        return false;
    task->ran_ns = (int64_t)strtoull(at, &at, 10);
    task->ready_ns = (int64_t)strtoull(at, &at, 10);
    task->switches = strtoull(at, &at, 10);
    return task->switches != 0;
}

static bool read_status(struct task *task, pid_t tid)
{
    char text[4096];
    unsigned long long asked, forced;
    const char *at = read_file(task->pid, tid, "status", text, sizeof text)
                         ? strstr(text, "\nvoluntary_ctxt_switches:")
                         : NULL;
    if (!at ||
        sscanf(at, "\nvoluntary_ctxt_switches: %llu\nnonvoluntary_ctxt_switches: %llu", &asked, &forced) != 2)
        return false;
    task->switches = asked + forced;
    return true;
}

static bool read_switches(struct task *task, pid_t tid)
{
    return read_schedstat(task, tid) || read_status(task, tid);
}

static void take_sleep(struct task *task, const struct task *last)
{
    task->state = last->state;
    task->number = last->number;
    task->threads = last->threads;
    memcpy(task->args, last->args, sizeof task->args);
}

/*
 * How often it ran comes before what it sleeps in: one that later has run no more often has slept in just
 * that since. So if `last`, which slept, had run as often, it still sleeps in what that did. NULL: not known.
 */
static struct stat_line read_task(struct task *task, pid_t tid, const struct task *last)
{
    bool is_counted = read_switches(task, tid);
    if (is_counted && last && last->switches == task->switches) {
        take_sleep(task, last);
        return (struct stat_line){.state = task->state, .threads = task->threads};
    }
    struct stat_line stat = read_stat(task->pid, tid);
    task->state = stat.state;
    task->threads = stat.threads;
    if (task->state == 'Z' || task->state == 'X')
        return stat;
    if (task->state == 'R')
        task->number = TASK_RUNNING;
    else
        read_syscall(task, tid);
    if (!is_counted) /* whether it runs in between cannot be told */
        task->number = TASK_HIDDEN;
    return stat;
}

void task_read(struct task *task)
{
    read_task(task, task->tid, NULL);
}

/* One that is being woken still has its call, but no longer this state; one that has begun to sleep, the
 * state, but no call to sleep in yet. */
bool task_sleeps(const struct task *task)
{
    return strchr("SITZX", task->state) && !(task->state == 'S' && task->number == TASK_RUNNING);
}

bool task_slept_on(const struct task *before)
{
    struct task now = *before;
    pid_t tid = before->threads == 1 && before->tid == before->pid ? PROCESS : before->tid;
    struct stat_line stat = read_stat(before->pid, tid);
    if (before->is_spared)
        return stat.state != 'X' && stat.threads == before->threads;
    /* The state comes first: one that has run no more often by the time that is read has slept until the
     * state was. */
    return stat.state == before->state && stat.threads == before->threads && read_switches(&now, tid) &&
           now.switches == before->switches;
}

struct reader {
    struct tasks *tasks;
    pid_t pid;
    int listed; /* of its threads */
    bool all, failed;
};

/* As it was found asleep the time before; NULL: it was not. */
static const struct task *last_sleep(const struct tasks *tasks, const struct task *task)
{
    for (size_t i = 0; i < tasks->last_count; i++) {
        const struct task *last = &tasks->last[i];
        if (last->tid == task->tid && last->pid == task->pid)
            return task_sleeps(last) && last->number != TASK_HIDDEN ? last : NULL;
    }
    return NULL;
}

static void add(struct reader *reader, const struct task *task)
{
    struct tasks *tasks = reader->tasks;
    if (task->state == 'Z' || task->state == 'X')
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
    tasks->items[tasks->count++] = *task;
    reader->failed = reader->failed || (!task_sleeps(task) && !task->is_spared);
}

static void add_thread(void *context, int tid)
{
    struct reader *reader = context;
    struct task task = {.pid = reader->pid, .tid = tid, .is_spared = tid == reader->tasks->spared};
    reader->listed++;
    if (reader->failed && !reader->all)
        return;
    read_task(&task, tid, last_sleep(reader->tasks, &task));
    add(reader, &task);
}

/* One that has ended and whose end the root has not been told of yet is news. */
static bool is_news(const struct stat_line *stat, pid_t root)
{
    return stat->state == 'Z' && stat->parent == root;
}

/* A thread that is made between the list and the files of the others must be missed later: what counts is how
 * many were listed. */
static void add_threads(struct reader *reader, pid_t pid)
{
    char path[64];
    size_t first = reader->tasks->count;
    reader->pid = pid;
    reader->listed = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    proc_each_number(path, add_thread, reader);
    for (size_t i = first; i < reader->tasks->count; i++)
        reader->tasks->items[i].threads = reader->listed;
}

static void add_process(struct reader *reader, pid_t pid, pid_t root)
{
    struct task first = {.pid = pid, .tid = pid, .is_spared = pid == reader->tasks->spared};
    struct stat_line stat = read_task(&first, PROCESS, last_sleep(reader->tasks, &first));
    if (stat.threads <= 1) {
        reader->failed = reader->failed || is_news(&stat, root);
        add(reader, &first);
        return;
    }
    add_threads(reader, pid);
}

struct members {
    const struct tasks_of *of;
    void (*one)(void *context, pid_t pid);
    void *context;
};

static void take_member(void *context, int pid)
{
    const struct members *members = context;
    if ((pid != members->of->root || members->of->with_root) && !proc_among(members->of->apart, pid))
        members->one(members->context, pid);
}

/* Calls it for every process that takes part. Whose child somebody is has to be asked only where others are
 * seen as well. */
static bool each_member(struct members *members, struct listed *listed)
{
    const struct tasks_of *of = members->of;
    struct proc_table table = {0};
    bool is_listed = of->whole && listed_update(listed);
    for (size_t i = 0; is_listed && i < listed->count; i++)
        take_member(members, listed->pids[i]);
    if (of->whole)
        return is_listed;
    bool is_read = proc_table_read(&table);
    for (size_t i = 0; is_read && i < table.count; i++)
        if (proc_descends(&table, table.items[i].pid, of->root))
            take_member(members, table.items[i].pid);
    proc_table_free(&table);
    return is_read;
}

struct reading {
    struct reader reader;
    pid_t root;
};

static void read_member(void *context, pid_t pid)
{
    struct reading *reading = context;
    if (reading->reader.all || !reading->reader.failed)
        add_process(&reading->reader, pid, reading->root);
}

static void keep_last(struct tasks *tasks)
{
    struct task *items = tasks->last;
    size_t capacity = tasks->last_capacity;
    tasks->last = tasks->items;
    tasks->last_count = tasks->count;
    tasks->last_capacity = tasks->capacity;
    tasks->items = items;
    tasks->count = 0;
    tasks->capacity = capacity;
}

bool tasks_read(struct tasks *tasks, const struct tasks_of *of, bool all)
{
    struct reading reading = {.reader = {.tasks = tasks, .all = all}, .root = of->root};
    struct members members = {.of = of, .one = read_member, .context = &reading};
    keep_last(tasks);
    return each_member(&members, &tasks->listed) && !reading.reader.failed;
}

void tasks_free(struct tasks *tasks)
{
    free(tasks->items);
    free(tasks->last);
    listed_free(&tasks->listed);
    *tasks = (struct tasks){0};
}

struct newcomers {
    const struct tasks *before;
    pid_t root;
    bool any;
};

static bool is_known(const struct tasks *tasks, pid_t pid)
{
    for (size_t i = 0; i < tasks->count; i++)
        if (tasks->items[i].pid == pid)
            return true;
    return false;
}

/* One that has ended meanwhile is missed among the others; one that had before is nothing new. */
static void look_for_newcomer(void *context, pid_t pid)
{
    struct newcomers *newcomers = context;
    if (newcomers->any || is_known(newcomers->before, pid))
        return;
    struct stat_line stat = read_stat(pid, PROCESS);
    newcomers->any = (stat.state != 'Z' && stat.state != 'X') || is_news(&stat, newcomers->root);
}

bool tasks_slept_on(struct tasks *before, const struct tasks_of *of)
{
    long listed_at = before->listed.last;
    struct newcomers newcomers = {.before = before, .root = of->root};
    struct members members = {.of = of, .one = look_for_newcomer, .context = &newcomers};
    for (size_t i = 0; i < before->count; i++)
        if (!task_slept_on(&before->items[i]))
            return false;
    if (of->whole && listed_at != 0 && listed_last(&before->listed) == listed_at)
        return true;
    return each_member(&members, &before->listed) && !newcomers.any;
}
