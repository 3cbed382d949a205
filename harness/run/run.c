#include "harness/run/run.h"

#include "harness/phrase.h"
#include "harness/run/start/peers.h"
#include "harness/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool run_give_up(struct run *run, enum verdict verdict, const char *format, ...)
{
    struct result *result = run->result;
    if (result->verdict != VERDICT_PASS)
        return false;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&result->reason, format, arguments) < 0)
        result->reason = NULL;
    va_end(arguments);
    result->verdict = verdict;
    return false;
}

bool run_lost(const struct run *run)
{
    return run->orphaned || run->result->again || run->result->verdict != VERDICT_PASS;
}

void run_note(struct run *run, const char *format, ...)
{
    char *note = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&note, format, arguments) < 0)
        note = NULL;
    va_end(arguments);
    if (note && (!run->result->notes || !strstr(run->result->notes, note)))
        phrase_append(&run->result->notes, "\n", "%s", note);
    free(note);
}

struct sites *run_sites(struct run *run)
{
    if (!run->sites)
        run->sites = sites_new();
    return run->sites;
}

bool instance_shimmed(const struct instance *instance)
{
    return instance->process->shim;
}

bool instance_needs_hello(const struct instance *instance)
{
    return instance->process->shim && !instance->process->expect.shim_absent;
}

const struct instance *run_find(const struct run *run, const char *process)
{
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->instances[i].process->name, process) == 0 && run->instances[i].pid)
            return &run->instances[i];
    return NULL;
}

static char *instance_name(const struct scenario_process *process, unsigned int number, int probe_of)
{
    if (probe_of >= 0)
        return text_format("%s#next", process->name);
    return process->count > 1 ? text_format("%s#%u", process->name, number) : strdup(process->name);
}

static bool fill(const struct run *run, int index, unsigned int number, int probe_of, struct instance *ret)
{
    const struct scenario_process *process = &run->experiment->processes[index];
    *ret = (struct instance){
        .process = process,
        .index = index,
        .number = number,
        .probe_of = probe_of,
        .name = instance_name(process, number, probe_of),
        .role = -1,
        .out = {.fd = -1},
        .err = {.fd = -1},
        .fds_before = -1,
        .fds_after = -1,
        .zombies = -1,
    };
    return ret->name != NULL;
}

struct instance *run_add(struct run *run, int index, unsigned int number, int probe_of)
{
    struct instance *more = realloc(run->instances, (run->count + 1) * sizeof *more);
    if (!more)
        return NULL;
    run->instances = more;
    if (!fill(run, index, number, probe_of, &more[run->count]))
        return NULL;
    return &more[run->count++];
}

void instance_free(struct instance *instance)
{
    char *texts[] = {instance->name,        instance->command,  instance->not_ready,
                     instance->not_started, instance->waiting,  instance->fds_note,
                     instance->fds_list,    instance->out.data, instance->err.data};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    if (instance->out.fd >= 0)
        close(instance->out.fd);
    if (instance->err.fd >= 0)
        close(instance->err.fd);
    peer_undo(instance);
}

bool instance_anew(const struct run *run, struct instance *instance)
{
    int index = instance->index, probe_of = instance->probe_of;
    unsigned int number = instance->number;
    instance_free(instance);
    return fill(run, index, number, probe_of, instance);
}
