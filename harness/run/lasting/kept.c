#include "harness/run/lasting/kept.h"

#include "harness/aim/aim.h"
#include "harness/run/lasting/keepable.h"
#include "harness/run/lasting/stood.h"
#include "harness/run/outcome.h"
#include "harness/run/prepare.h"
#include "harness/run/watch/ending.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/stream.h"
#include "harness/run/watch/watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

void kept_look(struct run *run)
{
    if (!run->guard->kept || run->stood || !keepable_experiment(run->experiment, run->options) ||
        !keepable_services(run))
        return;
    for (size_t i = 0; i < run->count; i++) {
        stream_read(&run->instances[i].out, run->instances[i].process->output_limit);
        stream_read(&run->instances[i].err, run->instances[i].process->output_limit);
    }
    run->stood = stood_take(run);
}

/* How they end is seen after one experiment more than so many. */
enum { SERVED_MOST = 31 };

/* Somebody was served once more in the end, by each of them. */
static bool has_served(const struct run *run, const struct instance *service)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *probe = &run->instances[i];
        if (probe->probe_of == service->index)
            return probe->state == INSTANCE_ENDED && WIFEXITED(probe->wait_status) &&
                   WEXITSTATUS(probe->wait_status) == 0 && probe->killed == KILL_NONE;
    }
    return false;
}

static bool is_over(const struct instance *instance)
{
    return instance->state == INSTANCE_ENDED || instance->state == INSTANCE_SKIPPED;
}

static bool have_served(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *instance = &run->instances[i];
        if (instance->served >= SERVED_MOST)
            return false;
        if (instance->process->service
                ? instance->state != INSTANCE_RUNNING || instance->killed || !has_served(run, instance)
                : !is_over(instance))
            return false;
    }
    return true;
}

bool kept_wanted(struct run *run)
{
    return run->stood && !run->is_held && have_served(run) &&
           stood_again(run->stood, run, run->guard->kept->before);
}

void kept_put(struct kept *kept, struct run *run)
{
    result_free(&kept->idle);
    kept->idle = (struct result){.verdict = VERDICT_PASS};
    kept->guard = *run->guard;
    kept->options = *run->options;
    run->guard = &kept->guard;
    run->options = &kept->options;
    run->result = &kept->idle;
    kept->run = run;
}

static bool live_on(struct run *run)
{
    watch_look(run);
    for (size_t i = 0; i < run->count; i++)
        if (run->instances[i].process->service && run->instances[i].state != INSTANCE_RUNNING)
            return false;
    return !run_lost(run);
}

bool kept_fits(struct kept *kept, const struct experiment *experiment, const struct run_options *options)
{
    return !kept->run || (keepable_experiment(experiment, options) &&
                          experiment->processes == kept->run->experiment->processes && live_on(kept->run));
}

struct run *kept_take(struct kept *kept)
{
    struct run *run = kept->run;
    kept->run = NULL;
    return run;
}

static bool stands(void *context, pid_t pid)
{
    return stood_has(context, pid);
}

static bool reset_stream(struct stream *stream, const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);
    if (!copy)
        return false;
    memcpy(copy, bytes, len + 1);
    free(stream->data);
    *stream = (struct stream){.fd = stream->fd, .data = copy, .len = len, .capacity = len + 1};
    return true;
}

/* As it stood then. */
static bool reset_service(struct instance *instance, const struct stood_service *then)
{
    free(instance->command);
    free(instance->fds_list);
    instance->command = strdup(then->command);
    instance->fds_list = NULL;
    instance->fds_after = instance->zombies = -1;
    instance->memory_peak = 0;
    instance->served++;
    return instance->command && reset_stream(&instance->out, then->out, then->out_len) &&
           reset_stream(&instance->err, then->err, then->err_len);
}

/* Services stand in their old places; all others are yet to be started, and probes yet to be thought of. */
static bool reset_instances(struct run *run)
{
    bool reset = true;
    while (run->count > run->stood->service_count)
        instance_free(&run->instances[--run->count]);
    for (size_t i = 0; reset && i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        reset = instance->process->service ? reset_service(instance, &run->stood->services[i])
                                           : instance_anew(run, instance);
    }
    return reset || run_give_up(run, VERDICT_ERROR, "out of memory");
}

static void reset_run(struct run *run)
{
    run->timed_out = run->is_futile = run->spun = run->at_rest = run->hung = run->keeps = false;
    run->memory_next_ns = 0;
    if (run->sites)
        sites_free(run->sites);
    run->sites = NULL;
}

bool kept_resume(struct run *run)
{
    reset_run(run);
    if (!reset_instances(run) || !prepare_rules(run))
        return false;
    board_again(run->board, &run->stood->board, stands, run->stood, run->rules, (uint32_t)run->rule_count,
                run->result->seed, run_now(run));
    aim_regexes(run->board, 0, run->rules, (uint32_t)run->rule_count);
    return prepare_log(run, atomic_load(&run->board->trace_head));
}

static const struct process_result *find(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->process_count; i++)
        if (strcmp(result->processes[i].name, name) == 0)
            return &result->processes[i];
    return NULL;
}

static bool ended_as(const struct instance *instance, const struct process_result *wanted)
{
    int status = instance->wait_status;
    if (!wanted || instance->state != INSTANCE_ENDED || !instance->stopped ||
        wanted->killed_by_us != (instance->killed != KILL_NONE))
        return false;
    return WIFEXITED(status) ? wanted->status == WEXITSTATUS(status) : wanted->signal == WTERMSIG(status);
}

bool kept_ended(const struct run *run)
{
    bool good = true;
    for (size_t i = 0; i < run->count; i++)
        if (run->instances[i].process->service)
            good = ended_as(&run->instances[i], find(run->options->services_end, run->instances[i].name)) &&
                   good;
    return good;
}

bool kept_end(struct kept *kept)
{
    struct run *run = kept_take(kept);
    if (!run)
        return true;
    rest_begin(run);
    end_services(run);
    bool good = kept_ended(run);
    end_all(run, KILL_NONE);
    rest_end(run);
    watch_end(run);
    prepare_undo(run);
    free(run);
    result_free(&kept->idle);
    kept->idle = (struct result){0};
    return good;
}
