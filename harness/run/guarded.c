#include "harness/run/guarded.h"

#include "harness/clock.h"
#include "harness/judge/judge.h"
#include "harness/run/debugger.h"
#include "harness/run/keep.h"
#include "harness/run/lasting/kept.h"
#include "harness/run/lasting/zygotes.h"
#include "harness/run/outcome.h"
#include "harness/run/prepare.h"
#include "harness/run/start/peers.h"
#include "harness/run/start/probe.h"
#include "harness/run/start/ready.h"
#include "harness/run/start/start.h"
#include "harness/run/watch/counted.h"
#include "harness/run/watch/ending.h"
#include "harness/run/watch/mend.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/settle.h"
#include "harness/run/watch/spin.h"
#include "harness/run/watch/stream.h"
#include "harness/run/watch/waiting.h"
#include "harness/run/watch/watch.h"
#include "harness/sweep/survey/survey_lines.h"
#include "harness/sweep/survey/survey_take.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_NS (10 * NS_PER_S)

/* Starts what may be started by now. Returns whether there was anything. */
static bool start_due(struct run *run)
{
    bool any = false;
    for (size_t i = 0; i < run->count && !run_lost(run); i++) {
        struct instance *instance = &run->instances[i];
        if (instance->state != INSTANCE_PENDING)
            continue;
        switch (ready_to_start(run, instance, &instance->not_started)) {
        case START_NOT_YET:
            continue;
        case START_NEVER:
            instance->state = INSTANCE_SKIPPED;
            break;
        case START_NOW:
            if (!instance->process->service)
                kept_look(run);
            start_instance(run, instance);
            break;
        }
        any = true;
    }
    return any;
}

/* Whether all that end by themselves have, and the services have got so far that they can be judged. */
static bool finished(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *instance = &run->instances[i];
        bool over = instance->state == INSTANCE_ENDED || instance->state == INSTANCE_SKIPPED;
        if (!over && instance->process->peer && !peer_rests(instance))
            return false;
        if (!over && !(instance->process->service && ready_settled(instance)))
            return false;
    }
    return true;
}

/* Whether it is to be ended though processes run that should have come to an end. */
static bool is_stuck(const struct run *run)
{
    return run->timed_out || run->hung || run->spun;
}

static void run_processes(struct run *run)
{
    run->began_ns = run_now(run);
    run->deadline_ns = clock_ns() + run->timeout_ns;
    while (!run_lost(run)) {
        ready_update(run);
        if (start_due(run))
            continue;
        if (finished(run) || peers_stuck(run))
            return;
        run->timed_out = run->is_futile || clock_ns() >= run->deadline_ns;
        run->hung = run->at_rest;
        spin_look(run);
        if (run->timed_out)
            spin_look_back(run);
        if (is_stuck(run))
            return;
        watch_step(run, INT64_MAX);
        debugger_look(run);
    }
}

/* Time is over, or stands still for ever: who waits for what is asked before anybody is killed, since one's
 * end sets others free. */
static void tell_waits(struct run *run)
{
    ready_too_late(run);
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        if (instance->state == INSTANCE_RUNNING)
            instance->waiting = waiting_text(run, instance);
        if (instance->state == INSTANCE_PENDING)
            instance->not_started = strdup("time was over before it could be started");
    }
}

/* Once all that was to come to an end has. */
static void examine_services(struct run *run)
{
    size_t before = run->count;
    settle(run);
    settle_leaks(run);
    probe_all(run);
    /* What the probes' end makes the services do is theirs as well. */
    bool quiet = run->count > before && !run->spun && settle_quiet(run);
    run->keeps = quiet && !run_lost(run) && kept_wanted(run);
}

static void carry_out(struct run *run)
{
    run_processes(run);
    if (!is_stuck(run) && !run_lost(run))
        examine_services(run);
    bool stuck = is_stuck(run);
    if (stuck)
        tell_waits(run);
    if (!stuck && !run_lost(run) && !run->keeps)
        end_services(run);
    if (!run->keeps)
        end_all(run, stuck ? KILL_TIMEOUT : KILL_NONE);
    if (run->guard->zygotes)
        zygotes_note(run->guard->zygotes, run);
    counted_collect(run);
    watch_board(run);
    tracelog_drain(&run->log, run->board, true);
}

static void judge(struct run *run)
{
    struct observed observed;
    const char *trouble = run->board ? mend_trouble(run->board, run->board_path) : NULL;
    if (trouble)
        run_give_up(run, VERDICT_ERROR, "%s", trouble);
    outcome_fill(run, &observed);
    if (run->result->verdict == VERDICT_PASS)
        judge_experiment(run->experiment, &observed, run->result);
    outcome_free(&observed);
    enum verdict verdict = run->result->verdict;
    bool failed = verdict != VERDICT_PASS && verdict != VERDICT_SKIP;
    bool traced = (failed && !run->options->untraced) || run->options->whole_trace;
    struct sites *sites = traced || run->options->keep ? run_sites(run) : NULL;
    if (traced)
        outcome_trace(run, sites);
    if (run->options->keep)
        keep_files(run, sites);
}

static void tell_survey(struct run *run)
{
    struct survey survey = {0};
    bool told = !run->board || survey_take(run->board, run_sites(run), &run->log, &survey);
    told = told && survey_write(run->options->survey, &survey);
    survey_free(&survey);
    if (!told)
        run_give_up(run, VERDICT_ERROR, "its survey could not be written");
}

/* What this machine did not allow is said, whatever came of it. */
static void note_fallbacks(struct run *run)
{
    const struct isolation *isolation = run->guard->isolation;
    if (!isolation->processes)
        run_note(run, "no PID namespace (%s): processes are found and ended by their parents",
                 isolation->processes_why);
    if (!isolation->network && !run->experiment->shares_network)
        run_note(run, "no network namespace (%s): ports are shared with the machine", isolation->network_why);
}

/* One that services live on in, or a new one. NULL: no memory. */
static struct run *take_run(const struct guard *guard, bool *ret_resumed)
{
    struct run *run = guard->kept ? kept_take(guard->kept) : NULL;
    *ret_resumed = run != NULL;
    if (run || !(run = calloc(1, sizeof *run)))
        return run;
    run->bell.fd = run->child_events = -1;
    for (int i = 0; i <= PORTS_MAX; i++)
        run->ports.locks[i] = -1;
    return run;
}

static void give_back(struct run *run)
{
    if (run->keeps && !run->orphaned && !run->result->again) {
        kept_put(run->guard->kept, run);
        return;
    }
    watch_end(run);
    prepare_undo(run);
    free(run);
}

bool guarded_run(const struct experiment *experiment, const struct run_options *options,
                 const struct guard *guard, struct result *ret)
{
    int64_t began = clock_ns(), timeout = options->timeout_ns > 0 ? options->timeout_ns : DEFAULT_TIMEOUT_NS;
    bool resumed;
    outcome_begin(experiment, options->seed, ret);
    struct run *run = take_run(guard, &resumed);
    if (!run) {
        ret->verdict = VERDICT_ERROR;
        return true;
    }
    run->experiment = experiment;
    run->options = options;
    run->guard = guard;
    run->result = ret;
    run->timeout_ns = experiment->timeout_ns > 0 ? experiment->timeout_ns : timeout;
    note_fallbacks(run);
    if (resumed ? kept_resume(run) : prepare(run) && watch_begin(run)) {
        rest_begin(run);
        spin_begin(run);
        carry_out(run);
        rest_end(run);
        spin_end(run);
    }
    ret->doubted = resumed && !run->keeps && !kept_ended(run);
    if (!run->orphaned && !run->result->again) {
        judge(run);
        if (options->survey)
            tell_survey(run);
    }
    bool wanted = !run->orphaned;
    give_back(run);
    ret->elapsed_ns = clock_ns() - began;
    return wanted;
}
