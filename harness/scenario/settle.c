/* What follows of a scenario once all of it is read, and whether it fits together. */
#include "harness/scenario/process.h"
#include "shim/model/board.h"

#include <string.h>

/* The value of a key of a process, or of what is expected of it; `where` is "processes" or "expect". */
static const struct node *said(const struct node *root, const char *where,
                               const struct scenario_process *process, const char *key)
{
    const struct node *all = node_get(root, where);
    const struct node *map = all != NULL ? node_get(all, process->name) : NULL;
    return map != NULL ? node_get(map, key) : NULL;
}

/* The first process that is `after` this one, or NULL. */
static const struct scenario_process *waits_for(const struct experiment *experiment, int process)
{
    for (size_t i = 0; i < experiment->process_count; i++)
        for (size_t j = 0; j < experiment->processes[i].after_count; j++)
            if (experiment->processes[i].after[j] == process)
                return &experiment->processes[i];
    return NULL;
}

/* One step along `after`; `mark` is 1 on the way, 2 when done. Where a cycle closes, its end in *ret. */
static bool has_cycle(const struct experiment *experiment, int process, unsigned char *mark, int *ret)
{
    const struct scenario_process *p = &experiment->processes[process];
    mark[process] = 1;
    for (size_t i = 0; i < p->after_count; i++) {
        int next = p->after[i];
        if (mark[next] == 1) {
            *ret = process;
            return true;
        }
        if (mark[next] == 0 && has_cycle(experiment, next, mark, ret))
            return true;
    }
    mark[process] = 2;
    return false;
}

/* "a after b after a" */
static const char *cycle_text(const struct reader *r, const unsigned char *mark, int from)
{
    const struct experiment *experiment = r->experiment;
    const char *text = experiment->processes[from].name;
    int at = from;
    for (size_t steps = 0; steps < experiment->process_count; steps++) {
        const struct scenario_process *p = &experiment->processes[at];
        size_t i = 0;
        while (i + 1 < p->after_count && mark[p->after[i]] != 1)
            i++;
        at = p->after[i];
        text = pool_format(r->pool, "%s after %s", text, experiment->processes[at].name);
        if (at == from)
            break;
    }
    return text;
}

static bool check_cycles(struct reader *r, const struct node *root)
{
    const struct experiment *experiment = r->experiment;
    unsigned char *mark = pool_room(r->pool, experiment->process_count, 1);
    int at;
    for (size_t i = 0; i < experiment->process_count; i++)
        if (mark[i] == 0 && has_cycle(experiment, (int)i, mark, &at))
            return reader_error(r, said(root, "processes", &experiment->processes[at], "after"),
                                "got a cycle (%s), expected an order in which they can start",
                                cycle_text(r, mark, at));
    return true;
}

static bool has_rule(const struct experiment *experiment, const struct scenario_process *process)
{
    for (size_t i = 0; i < experiment->fault_count; i++)
        if (scenario_fault_is_in(&experiment->faults[i], process))
            return true;
    return false;
}

static bool serves_somebody(const struct experiment *experiment, int process)
{
    for (size_t i = 0; i < experiment->process_count; i++)
        if (experiment->processes[i].expect.serves.process == process)
            return true;
    return false;
}

/* A script says itself whether it ends, and when others may rely on it. */
static void derive_peer(struct scenario_process *p)
{
    if (!p->ready_said)
        p->ready = p->peer->steps[0].verb == PEER_LISTEN ? READY_LISTENING : READY_EXIT;
    p->service = p->peer->rests;
}

static void derive_program(struct experiment *experiment, int index)
{
    struct scenario_process *p = &experiment->processes[index];
    const struct expectations *expect = &p->expect;
    bool ends = expect->has_exit || expect->signal != 0 || expect->has_elapsed || expect->running == 0;
    if (!p->ready_said)
        p->ready = READY_EXIT;
    p->service = expect->running == 1 || (p->ready != READY_EXIT && !ends);
}

static void derive(struct experiment *experiment, int index)
{
    struct scenario_process *p = &experiment->processes[index];
    bool awaited = waits_for(experiment, index) != NULL;
    if (p->peer != NULL)
        derive_peer(p);
    else
        derive_program(experiment, index);
    p->only_probe = serves_somebody(experiment, index) && p->after_count == 0 && !awaited &&
                    !p->expect.present && !has_rule(experiment, p);
    if (p->only_probe)
        p->service = false;
}

static bool check_running(struct reader *r, const struct node *root, int index)
{
    const struct scenario_process *p = &r->experiment->processes[index];
    const struct scenario_process *waiting = waits_for(r->experiment, index);
    const struct node *running = said(root, "expect", p, "running");
    if (p->expect.running != 1 || p->ready != READY_EXIT)
        return true;
    if (p->ready_said)
        return reader_error(r, running,
                            "got 'running: true' for a process with 'ready: exit', expected one of the two");
    if (waiting != NULL)
        return reader_error(
            r, running,
            "got 'running: true', but '%s' starts after the end of '%s'; expected 'ready: listening', "
            "'started' or '{stdout: REGEX}' there",
            waiting->name, p->name);
    return true;
}

/* Without the shim there is nobody to count. */
static bool check_unshimmed(struct reader *r, const struct node *root, const struct scenario_process *p)
{
    static const char *const counted[] = {"calls", "order", "bytes", "fds"};
    const struct node *shim = said(root, "expect", p, "shim");
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        const struct node *node = said(root, "expect", p, counted[i]);
        if (node != NULL)
            return reader_error(
                r, node, "got '%s' for a process with 'shim: false', expected nothing that the shim counts",
                counted[i]);
    }
    if (shim != NULL && !p->expect.shim_absent)
        return reader_error(r, shim, "got 'loaded' for a process with 'shim: false', expected absent");
    for (size_t i = 0; i < r->experiment->fault_count; i++)
        if (scenario_fault_is_in(&r->experiment->faults[i], p))
            return reader_error(
                r, node_get(root, "faults")->items[i],
                "got a fault in '%s', which has 'shim: false'; expected a process with the shim", p->name);
    return true;
}

/* A script fails by itself where it does not hold; there is nothing else that could be seen of it. */
static bool check_peer_expectations(struct reader *r, const struct node *map)
{
    for (size_t i = 0; map != NULL && i < map->count; i++)
        if (strcmp(map->keys[i]->text, "elapsed") != 0)
            return reader_error(
                r, map->keys[i],
                "got '%s' for a peer, which fails by itself where a step does not hold; expected "
                "elapsed or nothing",
                map->keys[i]->text);
    return true;
}

static bool check_peer(struct reader *r, const struct node *root, const struct scenario_process *p)
{
    const struct node *ready = said(root, "processes", p, "ready"), *expect = node_get(root, "expect");
    if (!check_peer_expectations(r, node_get(expect, p->name)))
        return false;
    for (size_t i = 0; i < r->experiment->fault_count; i++)
        if (scenario_fault_is_in(&r->experiment->faults[i], p))
            return reader_error(r, node_get(root, "faults")->items[i],
                                "got a fault in '%s', which is a peer; expected a program", p->name);
    if (p->ready_said && p->ready == READY_STDOUT)
        return reader_error(
            r, ready, "got stdout for a peer, which writes nothing; expected listening, exit or started");
    if (p->ready_said && p->ready == READY_LISTENING && !p->peer->listens)
        return reader_error(r, ready,
                            "got 'listening' for a peer without 'listen', expected exit or started");
    if (p->ready_said && p->ready == READY_EXIT && p->peer->rests)
        return reader_error(r, ready,
                            "got 'exit' for a peer that goes on until it is told to stop, expected "
                            "listening or started");
    return true;
}

static bool check_process(struct reader *r, const struct node *root, int index)
{
    const struct scenario_process *p = &r->experiment->processes[index];
    const struct expectations *expect = &p->expect;
    if (expect->has_exit && expect->signal != 0)
        return reader_error(r, said(root, "expect", p, "signal"),
                            "got 'signal' and 'exit' for one process, expected one of the two");
    if (p->peer != NULL)
        return check_peer(r, root, p);
    return check_running(r, root, index) && (p->shim || check_unshimmed(r, root, p));
}

/* Each process that runs at some time has a place on the board; `serves` starts one more. */
static bool check_room(struct reader *r, const struct node *root)
{
    unsigned long total = 0;
    for (size_t i = 0; i < r->experiment->process_count; i++) {
        const struct scenario_process *p = &r->experiment->processes[i];
        total += p->shim && !p->only_probe ? p->count : 0;
        total += p->expect.serves.process >= 0 ? p->count : 0;
    }
    if (total < BOARD_ROLES)
        return true;
    return reader_error(r, node_get(root, "processes"),
                        "got %lu processes with the shim, all counts together, expected fewer than %d", total,
                        BOARD_ROLES);
}

bool processes_settle(struct reader *r, const struct node *root)
{
    struct experiment *experiment = r->experiment;
    for (size_t i = 0; i < experiment->process_count; i++)
        derive(experiment, (int)i);
    for (size_t i = 0; i < experiment->process_count; i++)
        if (!check_process(r, root, (int)i))
            return false;
    return check_room(r, root) && check_cycles(r, root);
}
