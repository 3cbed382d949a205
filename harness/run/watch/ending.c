#include "harness/run/watch/ending.h"

#include "harness/clock.h"
#include "harness/procfs.h"
#include "harness/run/lasting/zygotes.h"
#include "harness/run/watch/counted.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/stream.h"
#include "harness/run/watch/watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool any_running(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->instances[i].state == INSTANCE_RUNNING)
            return true;
    return false;
}

static int64_t kill_overdue(struct run *run)
{
    int64_t now = run_now(run), next = now + NS_PER_S;
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        if (instance->state != INSTANCE_RUNNING)
            continue;
        if (instance->kill_at_ns <= now || run->at_rest) {
            counted_ask(run, instance->role);
            watch_kill(instance, KILL_STOP);
        } else if (instance->kill_at_ns < next)
            next = instance->kill_at_ns;
    }
    return next;
}

void end_services(struct run *run)
{
    watch_look(run); /* who has ended by itself just now was not stopped by us */
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        if (instance->state != INSTANCE_RUNNING)
            continue;
        instance->stopped = true;
        instance->kill_at_ns = run_now(run) + instance->process->stop_timeout_ns;
        if (instance->process->stop_signal == SIGKILL)
            counted_ask(run, instance->role);
        kill(instance->pid, instance->process->stop_signal);
    }
    while (any_running(run) && !run->orphaned)
        watch_step(run, kill_overdue(run));
}

void end_instance(struct run *run, struct instance *instance, enum kill_reason why)
{
    if (instance->state == INSTANCE_RUNNING)
        counted_ask(run, instance->role);
    watch_kill(instance, why);
    while (instance->state == INSTANCE_RUNNING && !run->orphaned)
        watch_step(run, run_now(run) + NS_PER_S);
}

static bool below_spared(const struct proc_table *table, pid_t pid, const pid_t *spared)
{
    for (; spared && *spared; spared++)
        if (proc_descends(table, pid, *spared))
            return true;
    return false;
}

bool end_round(const pid_t *spared)
{
    struct proc_table table = {0};
    pid_t self = getpid();
    bool found = false;
    if (proc_alone(spared) || !proc_table_read(&table))
        return false;
    for (size_t i = 0; i < table.count; i++) {
        pid_t pid = table.items[i].pid;
        if (pid == self || !proc_descends(&table, pid, self) || below_spared(&table, pid, spared))
            continue;
        found = true;
        kill(pid, SIGKILL);
        if (table.items[i].parent == self)
            waitpid(pid, NULL, WNOHANG);
    }
    proc_table_free(&table);
    return found;
}

void end_namespace(void)
{
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
}

void end_descendants(const pid_t *spared)
{
    static const struct timespec moment = {.tv_nsec = NS_PER_MS / 5};
    /* Again until nobody is left: one may fork while we look. */
    while (end_round(spared))
        nanosleep(&moment, NULL);
}

void end_all(struct run *run, enum kill_reason why)
{
    counted_ask(run, -1);
    for (size_t i = 0; i < run->count; i++)
        watch_kill(&run->instances[i], why);
    for (size_t i = 0; i < run->count; i++)
        end_instance(run, &run->instances[i], KILL_NONE);
    const pid_t *spared = zygotes_pids(run->guard->zygotes);
    if (run->guard->isolation->processes && *spared == 0)
        end_namespace();
    else
        end_descendants(spared);
    for (size_t i = 0; i < run->count; i++) {
        stream_read(&run->instances[i].out, run->instances[i].process->output_limit);
        stream_read(&run->instances[i].err, run->instances[i].process->output_limit);
    }
}

pid_t *end_children(void)
{
    struct proc_table table = {0};
    pid_t self = getpid();
    size_t count = 0;
    if (!proc_table_read(&table))
        return NULL;
    pid_t *pids = calloc(table.count + 1, sizeof *pids);
    for (size_t i = 0; pids && i < table.count; i++)
        if (table.items[i].parent == self)
            pids[count++] = table.items[i].pid;
    proc_table_free(&table);
    return pids;
}
