#include "harness/run/watch/memory.h"

#include "harness/clock.h"
#include "harness/procfs.h"
#include "harness/program/stack.h"
#include "harness/run/watch/watch.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* A look costs some ten microseconds for every process there is; between two, one takes some ten MiB. */
#define PERIOD_NS (10 * NS_PER_MS)
#define MANY_NS   (100 * NS_PER_MS)

enum { MANY = 64 };

/* What a process has, in bytes. */
struct taken {
    uint64_t own;  /* in memory, shared with no file */
    uint64_t data; /* that RLIMIT_DATA would count, and the stack: in memory or not */
};

uint64_t memory_limit(const struct scenario_process *process)
{
    if (process->memory_limit > 0)
        return process->memory_limit;
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
}

void memory_had(struct instance *instance, uint64_t bytes)
{
    if (bytes > instance->memory_peak)
        instance->memory_peak = bytes;
}

static struct taken taken_by(pid_t pid)
{
    unsigned long long resident = 0, shared = 0, data = 0, page = (unsigned long long)sysconf(_SC_PAGESIZE);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return (struct taken){0};
    if (fscanf(file, "%*u %llu %llu %*u %*u %llu", &resident, &shared, &data) != 3 || resident < shared)
        resident = shared = data = 0;
    fclose(file);
    return (struct taken){(resident - shared) * page, data * page};
}

/* Once it has a good part of it: before, what it is replaced by with exec(3) may have need of more. */
static void fence(pid_t pid, const struct taken *taken, uint64_t limit)
{
    struct rlimit now;
    rlim_t most = taken->data + 4 * limit;
    if (taken->own < limit / 4 || prlimit(pid, RLIMIT_DATA, NULL, &now) < 0 || now.rlim_cur <= most)
        return;
    struct rlimit fenced = {now.rlim_max < most ? now.rlim_max : most, now.rlim_max};
    prlimit(pid, RLIMIT_DATA, &fenced, NULL);
}

static void end_instance(struct run *run, struct instance *instance, pid_t pid, uint64_t own)
{
    char *site = stack_site(run_sites(run), pid, pid);
    free(instance->memory_words);
    instance->memory_words =
        text_format("%llu MiB%s%s", (unsigned long long)own >> 20, site ? " at " : "", site ? site : "");
    free(site);
    watch_kill(instance, KILL_MEMORY);
}

static void look_at(struct run *run, struct instance *instance, const struct proc_table *table)
{
    uint64_t limit = memory_limit(instance->process);
    for (size_t i = 0; i < table->count && instance->killed == KILL_NONE; i++) {
        pid_t pid = table->items[i].pid;
        if (!proc_descends(table, pid, instance->pid))
            continue;
        struct taken taken = taken_by(pid);
        memory_had(instance, taken.own);
        if (taken.own > limit)
            end_instance(run, instance, pid, taken.own);
        else
            fence(pid, &taken, limit);
    }
}

void memory_look(struct run *run)
{
    struct proc_table table = {0};
    int64_t now = clock_ns();
    bool first = run->memory_next_ns == 0; /* nobody has had the time to take much */
    if (now < run->memory_next_ns)
        return;
    if (!first && proc_table_read(&table))
        for (size_t i = 0; i < run->count; i++)
            if (run->instances[i].state == INSTANCE_RUNNING && !run->instances[i].process->peer)
                look_at(run, &run->instances[i], &table);
    run->memory_next_ns = now + (table.count > MANY ? MANY_NS : PERIOD_NS);
    proc_table_free(&table);
}
