#include "harness/run/watch/settle.h"

#include "harness/clock.h"
#include "harness/procfs.h"
#include "harness/run/lasting/zygotes.h"
#include "harness/run/start/roles.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/watch.h"

/* So many are told apart at once. */
enum { SERVICES_FEW = 8 };

#define QUIET_LIMIT_NS (200 * NS_PER_MS)
#define LEAKS_LIMIT_NS (1 * NS_PER_S)
#define TIME_LIMIT_NS                                                                                        \
    (3 * NS_PER_S) /* real: who has something to do all the time would take that long                        \
                    */
#define LOOK_EVERY_NS (NS_PER_MS / 2)

/* What a look found, where nothing better tells: equal sums with everybody asleep are rest. */
struct look {
    bool asleep;
    uint64_t calls; /* begun so far by all threads of the services */
};

static struct look look_at(const struct run *run)
{
    struct look look = {.asleep = true};
    struct proc_table table = {0};
    proc_table_read(&table);
    for (size_t i = 0; i < table.count; i++)
        for (size_t k = 0; k < run->count; k++) {
            const struct instance *service = &run->instances[k];
            pid_t pid = table.items[i].pid;
            if (service->state != INSTANCE_RUNNING || !proc_descends(&table, pid, service->pid))
                continue;
            look.asleep = look.asleep && (table.items[i].state == 'Z' || proc_asleep(pid));
            look.calls += calls_begun(run->board, pid);
        }
    proc_table_free(&table);
    return look;
}

static bool any_running(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->instances[i].state == INSTANCE_RUNNING)
            return true;
    return false;
}

bool settle_quiet(struct run *run)
{
    int64_t limit = run_now(run) + QUIET_LIMIT_NS;
    uint64_t times = rest_times(run);
    struct look before = {0};
    while (any_running(run) && run_now(run) < limit && !run_lost(run)) {
        watch_step(run, run_now(run) + LOOK_EVERY_NS);
        if (rest_times(run) != times)
            return true;
        struct look now = {0};
        if (!rest_tells(run))
            now = look_at(run);
        if (before.asleep && now.asleep && before.calls == now.calls)
            return true;
        before = now;
    }
    return false;
}

/* Virtual time goes by only while they rest: that need not be waited for besides. */
static void settle_time(struct run *run)
{
    int64_t until = run_now(run) + run->options->settle_ns, limit = clock_ns() + TIME_LIMIT_NS;
    while (any_running(run) && run_now(run) < until && clock_ns() < limit && !run_lost(run))
        watch_step(run, until);
}

void settle(struct run *run)
{
    if (run->options->settle_ns > 0 && run->is_virtual && !run->is_held)
        settle_time(run);
    else
        settle_quiet(run);
}

static bool count_fds(struct instance *service)
{
    if (!service->process->expect.fds_unchanged)
        return true;
    service->fds_after = proc_fd_count(service->pid);
    return service->fds_before < 0 || service->fds_after == service->fds_before;
}

static bool count_zombies(struct instance *service, const struct proc_table *table)
{
    if (!service->process->expect.no_zombies)
        return true;
    service->zombies = proc_zombies(table, service->pid);
    return service->zombies == 0;
}

/* Both are counted, whatever came of the first. */
static bool leaks_nothing(struct instance *service, const struct proc_table *table)
{
    bool fds = count_fds(service), zombies = count_zombies(service, table);
    return fds && zombies;
}

/* Whether nobody is there but services: then none of them has a child, and whose it is need not be asked. */
static bool are_alone(const struct run *run)
{
    pid_t others[ZYGOTES_MAX + SERVICES_FEW + 1];
    size_t count = 0;
    for (const pid_t *zygote = zygotes_pids(run->guard->zygotes); *zygote && count < ZYGOTES_MAX; zygote++)
        others[count++] = *zygote;
    for (size_t i = 0, few = 0; i < run->count && few < SERVICES_FEW; i++)
        if (run->instances[i].state == INSTANCE_RUNNING) {
            others[count++] = run->instances[i].pid;
            few++;
        }
    others[count] = 0;
    return proc_alone(others);
}

/* Whether all is as it should be. */
static bool count_leaks(struct run *run)
{
    struct proc_table table = {0};
    bool clean = true;
    if (!run->guard->isolation->processes || !are_alone(run))
        proc_table_read(&table);
    for (size_t i = 0; i < run->count; i++) {
        struct instance *service = &run->instances[i];
        if (service->state == INSTANCE_RUNNING)
            clean = leaks_nothing(service, &table) && clean;
    }
    proc_table_free(&table);
    return clean;
}

/* By a clock that goes on by itself there is nothing to see before somebody has done something. */
static int64_t next_look(const struct run *run, int64_t limit)
{
    return run->is_virtual && !run->is_held ? limit : run_now(run) + 4 * LOOK_EVERY_NS;
}

void settle_leaks(struct run *run)
{
    int64_t limit = run_now(run) + LEAKS_LIMIT_NS, real_limit = clock_ns() + TIME_LIMIT_NS;
    bool clean;
    if (run->is_virtual &&
        !run->is_held) /* who has something to do every now and then may be late with it just now */
        limit += run->options->settle_ns;
    while (!(clean = count_leaks(run)) && run_now(run) < limit && !run_lost(run) &&
           (!run->is_virtual || clock_ns() < real_limit))
        watch_step(run, next_look(run, limit));
    for (size_t i = 0; !clean && i < run->count; i++) {
        struct instance *service = &run->instances[i];
        if (service->fds_after >= 0 && service->fds_after != service->fds_before)
            service->fds_list = proc_fd_list(service->pid);
    }
}
