#include "harness/sweep/records/replay.h"
#include "harness/sweep/turns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct experiment *replay_find(const struct scenario_set *set, const struct record *record,
                                     struct diag *diag)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->experiments[i].name, record->experiment) == 0)
            return &set->experiments[i];
    diag_set(diag, STATUS_USAGE, "%s: error: got no experiment '%s', expected the one of the record",
             record->scenario, record->experiment);
    return NULL;
}

/* What is wrong with a text that is in the record is not to be looked for in a file of that name. */
static bool read_text(const struct record *record, struct scenario_set *set, struct diag *diag)
{
    struct diag wrong = {0};
    if (scenario_read_text(record->scenario, record->text, strlen(record->text), set, &wrong))
        return true;
    diag_set(diag, wrong.status, "in 'text': %s", wrong.text);
    return false;
}

bool replay_scenario(const struct record *record, struct scenario_set *set, struct diag *diag)
{
    struct stat facts; /* a folder would be read whole, and a pipe waited for */
    if (record->text != NULL)
        return read_text(record, set, diag);
    if (stat(record->scenario, &facts) == 0 && S_ISREG(facts.st_mode))
        return scenario_read(record->scenario, set, diag, NULL, NULL);
    diag_set(diag, STATUS_USAGE,
             "%s: error: got no file, expected the scenario of the record, where it was when that was made",
             record->scenario);
    return false;
}

static bool run_turn(struct sweep_subject *subject, const struct record *record,
                     const struct run_options *options, const struct run_debugger *debugger,
                     struct replayed *ret, struct diag *diag)
{
    static const volatile int never = 0;
    struct result without = {0};
    struct sweep_turn turn = {
        .rule = record->rule, .starting = record->starting, .tries = SWEEP_INSISTS, .result = &ret->result};
    experiment_run(&subject->experiment, options, &without);
    sweep_subject_bound(subject, &without);
    struct run_options with = *options;
    with.debugger = debugger;
    if (debugger != NULL)
        with.clock = CLOCK_REAL; /* the user's */
    struct sweep_turns turns = {subject, &without, &with, options->stop == NULL ? &never : options->stop,
                                diag};
    bool ok = sweep_subject_holds(subject, &without, diag) && sweep_turns_run(&turns, &turn, 1);
    if (ok && !turn.done) {
        diag_set(diag, STATUS_TROUBLE, "the experiment was stopped");
        ok = false;
    }
    ret->seen = turn.seen;
    result_free(&without);
    return ok;
}

static bool add_changes(const struct experiment *experiment, const struct record *record,
                        const struct run_options *options, struct replayed *ret, struct diag *diag)
{
    struct sweep_programs programs;
    bool ok = sweep_programs_find(experiment, options, &programs);
    if (ok)
        ret->changes = record_changes(record, &programs);
    else
        diag_set(diag, STATUS_TROUBLE, "no memory for the programs of a scenario");
    sweep_programs_free(&programs);
    return ok;
}

bool replay(const struct record *record, const struct run_options *options, struct replayed *ret,
            struct diag *diag)
{
    struct scenario_set set = {0};
    struct sweep_subject subject = {0};
    struct run_options run = *options;
    struct replayed replayed = {0};
    char valgrind[PATH_MAX] = "";
    run.seed = record->seed;
    run.clock = record->clock;
    run.timeout_ns = record->timeout_ns;
    run.tool = record->with == NULL ? MEMORY_NONE : memory_tool_find(record->with);
    run.valgrind = valgrind;
    if (run.tool == MEMORY_VALGRIND &&
        !memory_find_valgrind(options->root, options->third_party, valgrind, diag))
        return false;
    run.jobs = run.repeat = 1;
    run.settle_ns = SWEEP_SETTLE_NS;
    run.debugger = NULL; /* not for the run without the fault */
    const struct experiment *experiment =
        replay_scenario(record, &set, diag) ? replay_find(&set, record, diag) : NULL;
    bool ok = experiment != NULL && sweep_subject_make(experiment, &subject, diag) &&
              (record->under == NULL || sweep_subject_under(&subject, record->under, diag)) &&
              add_changes(experiment, record, &run, &replayed, diag) &&
              run_turn(&subject, record, &run, options->debugger, &replayed, diag);
    sweep_subject_free(&subject);
    scenario_set_free(&set);
    if (ok)
        *ret = replayed;
    else
        replayed_free(&replayed);
    return ok;
}

void replayed_free(struct replayed *replayed)
{
    sweep_seen_free(&replayed->seen);
    free(replayed->changes);
    result_free(&replayed->result);
    *replayed = (struct replayed){0};
}
