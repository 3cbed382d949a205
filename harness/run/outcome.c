#include "harness/run/outcome.h"

#include "harness/phrase.h"
#include "harness/run/start/peers.h"
#include "harness/run/start/roles.h"
#include "harness/run/watch/memory.h"
#include "harness/text.h"
#include "shim/model/legal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

uint64_t outcome_seed(const struct experiment *experiment, uint64_t seed)
{
    return experiment->has_seed ? experiment->seed : seed;
}

void outcome_begin(const struct experiment *experiment, uint64_t seed, struct result *ret)
{
    *ret = (struct result){
        .file = strdup(experiment->file),
        .line = experiment->place.line,
        .name = strdup(experiment->name),
        .points = experiment->points,
        .verdict = VERDICT_PASS,
        .seed = outcome_seed(experiment, seed),
        .tags = calloc(experiment->tag_count ? experiment->tag_count : 1, sizeof *ret->tags),
    };
    while (ret->tags && ret->tag_count < experiment->tag_count) {
        ret->tags[ret->tag_count] = strdup(experiment->tags[ret->tag_count]);
        ret->tag_count++;
    }
}

/* The first line a process wrote to stderr: that is where ld.so says why. */
static char *last_words(const struct instance *instance)
{
    if (!instance->err.len)
        return NULL;
    return strndup(instance->err.data, strcspn(instance->err.data, "\n"));
}

static void require_hello(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *instance = &run->instances[i];
        if (!instance->pid || instance->hello || !instance_needs_hello(instance))
            continue;
        char *words = last_words(instance);
        run_give_up(run, VERDICT_VOID, "the shim was not loaded into %s: it never said hello%s%s",
                    instance->name, words ? "; on stderr: " : "", words ? words : "");
        free(words);
    }
}

static char *take(char **text)
{
    char *taken = *text;
    *text = NULL;
    return taken;
}

static void take_output(struct stream *stream, char **ret_data, size_t *ret_len, bool *ret_cut)
{
    *ret_data = stream->data ? take(&stream->data) : strdup("");
    *ret_len = stream->len;
    *ret_cut = stream->cut;
}

static void fill_end(const struct instance *instance, struct process_result *ret)
{
    ret->status = -1;
    ret->started = instance->pid != 0;
    ret->ended = instance->state == INSTANCE_ENDED;
    if (!ret->ended)
        return;
    ret->elapsed_ns = instance->ended_ns - instance->started_ns;
    if (WIFEXITED(instance->wait_status))
        ret->status = WEXITSTATUS(instance->wait_status);
    else if (WIFSIGNALED(instance->wait_status))
        ret->signal = WTERMSIG(instance->wait_status);
}

static uint64_t sum_of_calls(const struct observed_counts *counts)
{
    uint64_t sum = 0;
    for (int id = 0; id < CALL_COUNT; id++)
        sum += counts->calls[id];
    return sum;
}

static void fill_process(struct instance *instance, const struct observed_counts *counts,
                         struct process_result *ret)
{
    *ret = (struct process_result){
        .name = strdup(instance->name),
        .pid = instance->pid,
        .command = take(&instance->command),
        .stopped_by_us = instance->stopped,
        .killed_by_us = instance->killed != KILL_NONE,
        .hello = instance->hello,
        .fds_before = instance->fds_before,
        .fds_after = instance->fds_after,
        .zombies = instance->zombies,
        .memory_peak = instance->memory_peak,
        .memory_cut = take(&instance->memory_words),
        .bytes_received = counts->bytes_received,
        .bytes_sent = counts->bytes_sent,
        .calls = sum_of_calls(counts),
        .waiting = take(&instance->waiting),
    };
    if (!ret->command)
        ret->command = instance->process->peer ? peer_command(instance->process)
                                               : phrase_command(instance->process->run);
    fill_end(instance, ret);
    take_output(&instance->out, &ret->out, &ret->out_len, &ret->out_cut);
    take_output(&instance->err, &ret->err, &ret->err_len, &ret->err_cut);
}

static void fill_observed(const struct run *run, struct instance *instance, struct observed_process *ret)
{
    *ret = (struct observed_process){
        .process = instance->index,
        .instance = instance->number,
        .probe_of = instance->probe_of,
        .role = instance->role,
        .killed = instance->killed,
        .memory_limit = memory_limit(instance->process),
        .spins = instance->spins,
        .not_ready = take(&instance->not_ready),
        .not_started = take(&instance->not_started),
        .fds_note = take(&instance->fds_note),
        .fds_list = take(&instance->fds_list),
        .peer = peer_outcome(instance),
        .calls_lost = run->log.lost + run->log.order_lost,
    };
    if (run->board)
        role_counts(run->board, instance->role, &ret->counts);
    if (instance->role >= 0)
        ret->calls = tracelog_calls(&run->log, instance->role, &ret->call_count);
}

static void fill_processes(struct run *run, struct observed *ret)
{
    struct result *result = run->result;
    size_t count = run->count;
    result->processes = calloc(count ? count : 1, sizeof *result->processes);
    ret->processes = calloc(count ? count : 1, sizeof *ret->processes);
    if (!result->processes || !ret->processes) {
        run_give_up(run, VERDICT_ERROR, "out of memory");
        return;
    }
    tracelog_sort(&run->log);
    for (size_t i = 0; i < count; i++) {
        fill_observed(run, &run->instances[i], &ret->processes[i]);
        fill_process(&run->instances[i], &ret->processes[i].counts, &result->processes[i]);
        result->processes[i].kept = run->keeps && run->instances[i].process->service;
        if (run->instances[i].served > result->served)
            result->served = run->instances[i].served;
    }
    result->process_count = ret->process_count = count;
}

static void fill_memory(struct run *run)
{
    char prefix[PATH_MAX];
    struct sites *sites = run->options->tool == MEMORY_NONE ? NULL : run_sites(run);
    for (size_t i = 0; sites && i < run->result->process_count; i++) {
        struct process_result *process = &run->result->processes[i];
        memory_prefix(run->guard->folder, process->name, prefix);
        process->memory = memory_errors(run->options->tool, prefix, sites);
    }
}

static char *refusal(uint32_t why)
{
    const char *lack =
        why >= 1 && why <= CONDITION_COUNT ? condition_lack((enum condition_bit)(why - 1)) : NULL;
    return strdup(lack ? lack : "the kernel cannot do that at such a call");
}

static void fill_rule(const struct run *run, size_t i, struct rule_result *ret)
{
    const struct scenario_fault *fault = &run->experiment->faults[i];
    *ret = (struct rule_result){
        .text = strndup(run->rules[i].text, sizeof run->rules[i].text),
        .place = text_format("%s:%d:%d", fault->place.file, fault->place.line, fault->place.column),
        .optional = fault->optional,
    };
    if (!run->board)
        return;
    const struct board_rule_count *count = &run->board->counts[i];
    ret->matched = atomic_load(&count->matched);
    ret->fired = atomic_load(&count->fired);
    ret->refused = atomic_load(&count->refused);
    ret->forced = atomic_load(&count->forced);
    if (ret->refused > 0)
        ret->refused_why = refusal(atomic_load(&count->refused_why));
}

static void fill_rules(struct run *run)
{
    struct result *result = run->result;
    size_t count = run->rule_count > 0 ? (size_t)run->rule_count : 0;
    count = count < run->experiment->fault_count ? count : run->experiment->fault_count;
    result->rules = calloc(count ? count : 1, sizeof *result->rules);
    for (size_t i = 0; result->rules && i < count; i++) {
        fill_rule(run, i, &result->rules[i]);
        result->rule_count++;
    }
}

void outcome_fill(struct run *run, struct observed *ret)
{
    *ret = (struct observed){.board = run->board,
                             .runtime = &run->runtime,
                             .spun = run->spun,
                             .hung = run->hung,
                             .timed_out = run->timed_out,
                             .timeout_ns = run->timeout_ns};
    require_hello(run);
    fill_processes(run, ret);
    fill_memory(run);
    fill_rules(run);
    if (run->board && atomic_load(&run->board->counters_lost) > 0)
        run_note(run,
                 "there were too many different threads, connections or sites to count: `when` is not exact");
}

void outcome_free(struct observed *observed)
{
    for (size_t i = 0; i < observed->process_count; i++) {
        struct observed_process *process = &observed->processes[i];
        free(process->not_ready);
        free(process->not_started);
        free(process->fds_note);
        free(process->fds_list);
        free(process->calls);
        peer_outcome_free(process->peer);
    }
    free(observed->processes);
    *observed = (struct observed){0};
}
