#include "harness/run/start/peers.h"

#include "harness/clock.h"
#include "harness/peer/run.h"
#include "harness/procfs.h"
#include "harness/run/lasting/zygotes.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/watch.h"
#include "harness/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* For so long nothing moves before a peer is taken for stuck: what was sent on loopback has come by then. */
#define STUCK_NS (20 * NS_PER_MS)

bool peer_prepare(struct instance *instance, struct diag *diag)
{
    void *memory =
        mmap(NULL, sizeof(struct peer_progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        diag_set(diag, STATUS_TROUBLE, "mmap: %s", strerror(errno));
        return false;
    }
    instance->progress = memory;
    return true;
}

_Noreturn void peer_become(const struct run *run, const struct instance *instance, int wake)
{
    struct peer_task task = {
        .script = instance->process->peer,
        .runtime = &run->runtime,
        .root = run->options->root,
        .board = run->board,
        .progress = instance->progress,
        .wake = wake,
    };
    prctl(PR_SET_NAME, "sockfault-peer");
    _exit(peer_run(&task));
}

static bool has_state(const struct instance *instance, enum peer_state state)
{
    return instance->progress && atomic_load(&instance->progress->state) == (uint32_t)state;
}

bool peer_listens(const struct instance *instance)
{
    return instance->progress && atomic_load(&instance->progress->listening) != 0;
}

bool peer_rests(const struct instance *instance)
{
    return has_state(instance, PEER_RESTING);
}

char *peer_command(const struct scenario_process *process)
{
    unsigned int total = process->peer->total;
    return text_format("a script of %u step%s", total, total == 1 ? "" : "s");
}

static const struct peer_step *step_of(const struct instance *instance)
{
    return peer_script_step(instance->process->peer, atomic_load(&instance->progress->step));
}

char *peer_waiting_text(const struct instance *instance)
{
    const struct peer_step *step = step_of(instance);
    return step ? text_format("at step %u, %s", step->number, step->word)
                : text_format("before its first step");
}

/* Whether only peers are left, all waiting for traffic and at least one of them; *sum tells whether they
 * move. */
static bool only_peers_wait(const struct run *run, uint64_t *sum)
{
    struct proc_table table = {0};
    size_t waiting = 0, known = 1, seen = 0; /* the guardian is one of them */
    *sum = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *instance = &run->instances[i];
        if (instance->state == INSTANCE_PENDING)
            return false;
        if (instance->state != INSTANCE_RUNNING)
            continue;
        if (!instance->progress || (!peer_rests(instance) && !atomic_load(&instance->progress->waiting)) ||
            !proc_asleep(instance->pid))
            return false;
        waiting += !peer_rests(instance);
        known++;
        *sum += atomic_load(&instance->progress->waits);
    }
    if (waiting == 0 || !proc_table_read(&table))
        return false;
    /* Somebody whom a program left behind may have something to say. */
    for (size_t i = 0; i < table.count; i++)
        seen += table.items[i].state != 'Z' && proc_descends(&table, table.items[i].pid, getpid()) &&
                !proc_among(zygotes_pids(run->guard->zygotes), table.items[i].pid);
    proc_table_free(&table);
    return seen == known;
}

bool peers_stuck(struct run *run)
{
    uint64_t before, after;
    if (!only_peers_wait(run, &before))
        return false;
    for (int64_t until = run_now(run) + STUCK_NS; run_now(run) < until && !run_lost(run);)
        watch_step(run, until);
    return only_peers_wait(run, &after) && before == after;
}

static char *copy(const char *text)
{
    return strndup(text, PEER_TEXT_MAX - 1);
}

struct peer_outcome *peer_outcome(const struct instance *instance)
{
    const struct peer_progress *progress = instance->progress;
    if (!progress || !instance->pid)
        return NULL;
    struct peer_outcome *outcome = calloc(1, sizeof *outcome);
    const struct peer_step *step = step_of(instance);
    if (!outcome)
        return NULL;
    outcome->held = has_state(instance, PEER_HELD);
    outcome->rested = has_state(instance, PEER_RESTING);
    outcome->failed = has_state(instance, PEER_FAILED);
    outcome->place = step ? step->place : instance->process->place;
    outcome->what = step ? text_format("step %u: %s", step->number, step->word) : text_format("first step");
    if (atomic_load(&progress->told)) {
        outcome->expected = copy(progress->expected);
        outcome->got = copy(progress->got);
    }
    return outcome;
}

void peer_outcome_free(struct peer_outcome *outcome)
{
    if (!outcome)
        return;
    free(outcome->what);
    free(outcome->expected);
    free(outcome->got);
    free(outcome);
}

void peer_undo(struct instance *instance)
{
    if (instance->progress)
        munmap(instance->progress, sizeof *instance->progress);
    instance->progress = NULL;
}
