#include "harness/sweep/subject.h"
#include "harness/sweep/outcome.h"
#include "shim/model/expr.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for an experiment");
    return false;
}

static bool ends_by_itself(const struct scenario_process *process)
{
    return !process->service && !process->only_probe;
}

/* The one process that comes to its end, or -1. */
static int find_probe(const struct experiment *experiment)
{
    int found = -1;
    for (size_t i = 0; i < experiment->process_count; i++) {
        const struct scenario_process *process = &experiment->processes[i];
        if (!ends_by_itself(process))
            continue;
        if (found >= 0 || process->count > 1 || process->peer != NULL)
            return -1;
        found = (int)i;
    }
    return found;
}

static bool check(const struct experiment *scenario, struct diag *diag)
{
    size_t ending = 0;
    for (size_t i = 0; i < scenario->process_count; i++)
        ending += ends_by_itself(&scenario->processes[i]);
    if (scenario->verdict != NULL)
        diag_at(diag, scenario->verdict_place.file, scenario->verdict_place.line,
                scenario->verdict_place.column,
                "got a scenario that is to come to '%s', expected one that passes without a sweep's faults",
                scenario->verdict);
    else if (ending == 0)
        diag_at(diag, scenario->place.file, scenario->place.line, scenario->place.column,
                "got no process that ends by itself, expected one: an experiment is over when all such are");
    return diag_ok(diag);
}

static bool is_examined(const struct scenario_process *process)
{
    return process->service && process->peer == NULL && process->shim;
}

/* The status the next client is to end with is what the scenario says of the first; its output as well. */
static void expect_serving(struct scenario_process *service, int probe, const struct scenario_process *client)
{
    service->expect.serves.process = probe;
    service->expect.serves.exit = client->expect.exit_count > 0 ? client->expect.exits[0] : 0;
    service->expect.serves.out = (struct text_expectations){0};
}

/* What is delayed while it stops is over by then as well. */
static void be_patient(struct scenario_process *process)
{
    if (process->stop_timeout_ns < SWEEP_SETTLE_NS)
        process->stop_timeout_ns = SWEEP_SETTLE_NS;
}

static void expect_more(struct sweep_subject *subject, struct scenario_process *process)
{
    be_patient(process);
    struct expectations *expect = &process->expect;
    if (!expect->present)
        expect->place = process->place;
    expect->present = true;
    if (expect->running < 0)
        expect->running = 1;
    expect->fds_unchanged = expect->no_zombies = true;
    if (expect->serves.process < 0 && subject->probe >= 0)
        expect_serving(process, subject->probe, &subject->experiment.processes[subject->probe]);
}

bool sweep_subject_make(const struct experiment *scenario, struct sweep_subject *ret, struct diag *diag)
{
    struct sweep_subject subject = {
        .experiment = *scenario, .scenario = scenario, .probe = find_probe(scenario)};
    if (!check(scenario, diag))
        return false;
    size_t size = scenario->process_count * sizeof *scenario->processes;
    subject.experiment.processes = malloc(size);
    if (subject.experiment.processes == NULL)
        return no_memory(diag);
    memcpy(subject.experiment.processes, scenario->processes, size);
    for (size_t i = 0; i < scenario->process_count; i++)
        if (is_examined(&scenario->processes[i]))
            expect_more(&subject, &subject.experiment.processes[i]);
    *ret = subject;
    return true;
}

void sweep_subject_free(struct sweep_subject *subject)
{
    free(subject->experiment.processes);
    free(subject->faults);
    free(subject->under);
    *subject = (struct sweep_subject){0};
}

static const struct scenario_process *find(const struct experiment *experiment, const char *name)
{
    for (size_t i = 0; name != NULL && i < experiment->process_count; i++)
        if (strcmp(experiment->processes[i].name, name) == 0)
            return &experiment->processes[i];
    return NULL;
}

/* Whether it was the sweep alone that expected it. */
static bool is_beyond(const struct sweep_subject *subject, const struct failure *failure)
{
    const struct scenario_process *process = find(subject->scenario, failure->process);
    if (process == NULL || !is_examined(process))
        return false;
    const struct expectations *expect = &process->expect;
    if (strcmp(failure->what, "fds") == 0)
        return !expect->fds_unchanged;
    if (strcmp(failure->what, "zombies") == 0)
        return !expect->no_zombies;
    return strcmp(failure->what, "serves") == 0 && expect->serves.process < 0;
}

/* What the scenario itself expected and did not get; NULL: nothing. */
static const struct failure *own_failure(const struct sweep_subject *subject, const struct result *result)
{
    for (size_t i = 0; i < result->failure_count; i++)
        if (!is_beyond(subject, &result->failures[i]))
            return &result->failures[i];
    return NULL;
}

bool sweep_subject_holds(const struct sweep_subject *subject, const struct result *result, struct diag *diag)
{
    const struct failure *failure = own_failure(subject, result);
    bool ended = result->verdict == VERDICT_PASS || result->verdict == VERDICT_FAIL;
    const char *title = verdict_title(result->verdict);
    if (ended && (failure == NULL || subject->under != NULL))
        return true;
    char *words = ended ? sweep_failure_words(result, failure) : NULL;
    const char *why = ended ? words : result->reason;
    diag_set(diag, STATUS_TROUBLE, "%s: without a fault: %s: %s", result->name, title,
             why == NULL ? "" : why);
    free(words);
    return false;
}

/* The most that a process had, or one of several that were started of it. */
static uint64_t peak_of(const struct scenario_process *process, const struct result *without)
{
    uint64_t peak = 0;
    size_t len = strlen(process->name);
    for (size_t i = 0; i < without->process_count; i++) {
        const struct process_result *one = &without->processes[i];
        bool is_it = strcspn(one->name, "#") == len && strncmp(one->name, process->name, len) == 0;
        peak = is_it && one->memory_peak > peak ? one->memory_peak : peak;
    }
    return peak;
}

void sweep_subject_bound(struct sweep_subject *subject, const struct result *without)
{
    for (size_t i = 0; i < subject->experiment.process_count; i++) {
        struct scenario_process *process = &subject->experiment.processes[i];
        uint64_t limit = SWEEP_MEMORY_TIMES * peak_of(process, without);
        if (process->memory_limit == 0 && process->peer == NULL)
            process->memory_limit = limit > SWEEP_MEMORY_LEAST ? limit : SWEEP_MEMORY_LEAST;
    }
}

/* Each of the rules may come to nothing. */
static int make_faults(const struct sweep_subject *subject, const char *text, struct scenario_fault *ret,
                       size_t room, struct diag *diag)
{
    struct rule rules[SWEEP_CASE_RULES];
    struct expr_error error = {0};
    int count = expr_parse(text, rules, SWEEP_CASE_RULES, &error);
    if (count < 0)
        diag_set(diag, STATUS_USAGE, "'%s': %s", text, error.message);
    else if ((size_t)count > room)
        diag_set(diag, STATUS_USAGE, "%s: got %zu faults, expected room for %d more (at most %d)",
                 subject->scenario->file, subject->scenario->fault_count, count, RULES_MAX);
    if (count < 0 || (size_t)count > room)
        return -1;
    for (int i = 0; i < count; i++)
        ret[i] = (struct scenario_fault){
            .rule = rules[i],
            .fired = {0, UINT64_MAX},
            .optional = true,
            .place = {subject->scenario->file, subject->scenario->place.line, 0},
        };
    return count;
}

bool sweep_case_make(const struct sweep_subject *subject, const char *rule, struct sweep_case *ret,
                     struct diag *diag)
{
    size_t own = subject->experiment.fault_count;
    struct scenario_fault *faults = calloc(own + SWEEP_CASE_RULES, sizeof *faults);
    if (faults == NULL)
        return no_memory(diag);
    if (own > 0)
        memcpy(faults, subject->experiment.faults, own * sizeof *faults);
    int more = make_faults(subject, rule, &faults[own], own < RULES_MAX ? RULES_MAX - own : 0, diag);
    if (more < 0) {
        free(faults);
        return false;
    }
    ret->experiment = subject->experiment;
    ret->experiment.faults = faults;
    ret->experiment.fault_count = own + (size_t)more;
    return true;
}

void sweep_case_free(struct sweep_case *trial)
{
    free(trial->experiment.faults);
    *trial = (struct sweep_case){0};
}

bool sweep_subject_under(struct sweep_subject *subject, const char *rules, struct diag *diag)
{
    struct sweep_case with;
    if (!sweep_case_make(subject, rules, &with, diag))
        return false;
    subject->under = strdup(rules);
    subject->faults = with.experiment.faults;
    subject->experiment.faults = with.experiment.faults;
    subject->experiment.fault_count = with.experiment.fault_count;
    return subject->under != NULL || no_memory(diag);
}
