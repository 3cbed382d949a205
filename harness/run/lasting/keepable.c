#include "harness/run/lasting/keepable.h"

#include <string.h>

/* Of a process by that name, or of its instance "NAME#2". */
static bool is_service(const struct experiment *experiment, const char *name)
{
    size_t len = strcspn(name, "#");
    for (size_t i = 0; i < experiment->process_count; i++) {
        const struct scenario_process *process = &experiment->processes[i];
        if (strncmp(process->name, name, len) == 0 && process->name[len] == '\0')
            return process->service;
    }
    return true; /* or so it has to be taken */
}

static bool spares_services(const struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->fault_count; i++)
        if (is_service(experiment, experiment->faults[i].rule.process))
            return false;
    return true;
}

static bool same_result(const struct process_result *one, const struct process_result *other)
{
    return one->status == other->status && one->signal == other->signal && one->out_len == other->out_len &&
           memcmp(one->out, other->out, one->out_len) == 0;
}

/* "client" of "client#next" and "client#2". */
static bool is_same_program(const struct process_result *one, const struct process_result *other)
{
    size_t len = strcspn(one->name, "#");
    return strcspn(other->name, "#") == len && strncmp(one->name, other->name, len) == 0;
}

/* Whether all others of that program got what that one got, and there were any. */
static bool is_served_like_others(const struct result *without, const struct process_result *next)
{
    bool any = false;
    for (size_t i = 0; i < without->process_count; i++) {
        const struct process_result *other = &without->processes[i];
        if (other == next || !is_same_program(other, next))
            continue;
        if (!same_result(other, next))
            return false;
        any = true;
    }
    return any;
}

/* Whether who comes next gets what those before it got, so that it does not matter how many they were. */
static bool serves_all_alike(const struct result *without)
{
    bool any = false;
    for (size_t i = 0; i < without->process_count; i++) {
        const struct process_result *next = &without->processes[i];
        if (strstr(next->name, "#next") == NULL)
            continue;
        if (!is_served_like_others(without, next))
            return false;
        any = true;
    }
    return any;
}

bool keepable_experiment(const struct experiment *experiment, const struct run_options *options)
{
    return options->services_end && options->clock == CLOCK_DEFAULT && options->tool == MEMORY_NONE &&
           options->survey == 0 && !options->coverage && !options->debugger && !experiment->shares_network &&
           spares_services(experiment) && serves_all_alike(options->services_end);
}

/* Such as say themselves what they do, stand still, and are one program with no checks of its own. */
static bool is_keepable(const struct run *run, const struct instance *instance)
{
    return instance->state == INSTANCE_RUNNING && !instance->process->peer && instance->ready &&
           instance->baseline_done && instance->fds_before >= 0 && !instance->fds_note &&
           instance_needs_hello(instance) && instance->hello && !run->programs[instance->index].sanitizer[0];
}

bool keepable_services(const struct run *run)
{
    bool any = false;
    for (size_t i = 0; i < run->count; i++) {
        const struct instance *instance = &run->instances[i];
        if (instance->process->service ? !is_keepable(run, instance) : instance->pid != 0)
            return false;
        any = any || instance->process->service;
    }
    return any;
}
