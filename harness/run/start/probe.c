#include "harness/run/start/probe.h"

#include "harness/clock.h"
#include "harness/run/start/start.h"
#include "harness/run/watch/ending.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/spin.h"
#include "harness/run/watch/waiting.h"
#include "harness/run/watch/watch.h"

#define PROBE_LIMIT_NS (5 * NS_PER_S)

static void probe(struct run *run, int process, int asked_by)
{
    struct instance *instance = run_add(run, process, 1, asked_by);
    size_t index = run->count - 1;
    if (!instance) {
        run_give_up(run, VERDICT_ERROR, "out of memory");
        return;
    }
    if (!start_instance(run, instance))
        return;
    int64_t limit = run->timeout_ns < PROBE_LIMIT_NS ? run->timeout_ns : PROBE_LIMIT_NS;
    if (run->is_virtual && !run->is_held) /* what was delayed may not be over yet */
        limit += run->options->settle_ns;
    int64_t until = run_now(run) + limit;
    while (run->instances[index].state == INSTANCE_RUNNING && !run_lost(run) && !run->spun &&
           run_now(run) < until) {
        watch_step(run, until);
        spin_look(run); /* a service that never comes to it */
    }
    if (run->instances[index].state != INSTANCE_RUNNING || run_lost(run) || run->spun)
        return;
    run->instances[index].waiting = waiting_text(run, &run->instances[index]);
    end_instance(run, &run->instances[index], KILL_TIMEOUT);
}

void probe_all(struct run *run)
{
    size_t count = run->experiment->process_count;
    for (size_t i = 0; i < count && !run_lost(run) && !run->spun; i++) {
        const struct expectations *expect = &run->experiment->processes[i].expect;
        if (!expect->present || expect->serves.process < 0 || (size_t)expect->serves.process >= count)
            continue;
        atomic_store(&run->board->paused, 1);
        probe(run, expect->serves.process, (int)i);
    }
}
