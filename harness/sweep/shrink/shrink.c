#include "harness/sweep/shrink/shrink.h"
#include "shim/model/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEARNING_RUNS = 3,
    STEADY_RUNS = 3,   /* that fail one as the other: it is steady */
    UNSTEADY_RUNS = 10 /* by which it is told how often it fails, else */
};
#define MISSED 0.05 /* how likely a set that does fail may be taken for one that does not */

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for the decisions of an experiment");
    return false;
}

static bool wrong(const struct experiment *experiment, struct diag *diag, const char *got)
{
    diag_at(diag, experiment->file, experiment->place.line, experiment->place.column,
            "got %s, expected one that fails by its faults", got);
    return false;
}

/* What the last run of all came to, where it is nothing to begin with. */
static bool say_useless(const struct experiment *experiment, const struct result *result, struct diag *diag)
{
    if (result->verdict == VERDICT_PASS)
        return wrong(experiment, diag, "a scenario that passes");
    if (result->verdict == VERDICT_FAIL)
        return wrong(experiment, diag, "a scenario that fails for a rule that did nothing");
    diag_set(diag, STATUS_TROUBLE, "%s: %s: %s", result->name, verdict_title(result->verdict),
             result->reason == NULL ? "" : result->reason);
    return false;
}

static bool is_stopped(const struct shrink_options *options, struct diag *diag)
{
    if (*options->run.stop != 0)
        diag_set(diag, STATUS_TROUBLE, "stopped before the experiment was seen to fail by single decisions");
    return *options->run.stop != 0;
}

/* Whether a run was had that fails; its decisions are the choices then. */
static bool learn(const struct experiment *experiment, const struct shrink_options *options,
                  struct shrunk *ret, struct diag *diag)
{
    bool fails = false;
    for (int i = 0; !fails && diag_ok(diag) && i < LEARNING_RUNS; i++) {
        struct survey survey = {0};
        struct result result = {0};
        bool ran = survey_run(experiment, &options->run, &survey, &result, diag);
        ret->runs += ran;
        if (ran && !is_stopped(options, diag)) {
            fails = failing_find(&result, &ret->failing);
            if (!fails)
                failing_free(&ret->failing);
            if (fails && !choices_find(experiment, &survey, &ret->choices))
                no_memory(diag);
            ret->lost = survey.lost;
            if (!fails && (i == LEARNING_RUNS - 1 || verdict_class(result.verdict) == VERDICT_TROUBLE))
                say_useless(experiment, &result, diag);
        }
        survey_free(&survey);
        result_free(&result);
    }
    return diag_ok(diag);
}

/* Each try may come to nothing by chance: so many are needed that all do no more often than MISSED. */
static unsigned int repeats_for(size_t failed, size_t tries)
{
    double passes = 1.0 - (double)failed / (double)tries, all = passes;
    unsigned int repeats = 1;
    while (all > MISSED && repeats < UNSTEADY_RUNS) {
        all *= passes;
        repeats++;
    }
    return repeats;
}

/* Whether all decisions together, with no rule that draws, make it fail; and how steadily. */
static bool verify(struct trying *trying, struct shrunk *ret, struct diag *diag)
{
    bool *all = malloc((ret->choices.count + 1) * sizeof *all);
    enum ddmin_answer answer = all == NULL ? DDMIN_STOP : DDMIN_PASSES;
    size_t wanted = STEADY_RUNS;
    while (answer != DDMIN_STOP && ret->tries < wanted) {
        for (size_t i = 0; i < ret->choices.count; i++)
            all[i] = true;
        answer = trying_once(trying, all);
        ret->tries += answer != DDMIN_STOP;
        if (answer == DDMIN_FAILS && ret->failed++ == 0)
            memcpy(ret->kept, all, ret->choices.count * sizeof *all);
        if (ret->failed < ret->tries)
            wanted = UNSTEADY_RUNS;
    }
    free(all);
    trying->failures = ret->failed == ret->tries ? STEADY_RUNS : 1;
    if (ret->failed > 0)
        trying->repeats = repeats_for(ret->failed, ret->tries);
    else if (answer == DDMIN_STOP)
        diag_set(diag, STATUS_TROUBLE, "stopped before the experiment was seen to fail by single decisions");
    else
        diag_set(
            diag, STATUS_TROUBLE,
            "%s: no steady reproduction: by its %zu single decisions alone it failed in none of %zu runs "
            "in the same way: %s",
            trying->experiment->name, ret->choices.count, ret->tries, ret->failing.words);
    return ret->failed > 0;
}

/* Whether it takes any decision at all. */
static bool needs_faults(struct trying *trying, const struct shrunk *ret, struct diag *diag)
{
    bool *none = calloc(ret->choices.count + 1, sizeof *none);
    enum ddmin_answer answer = none == NULL ? DDMIN_STOP : trying_set(trying, none);
    free(none);
    if (answer == DDMIN_FAILS)
        return wrong(trying->experiment, diag, "a scenario that fails without any fault");
    return true;
}

static bool check_room(const struct experiment *experiment, const struct shrunk *ret, struct diag *diag)
{
    struct choice_rules rules;
    char got[80];
    if (ret->choices.count == 0)
        return wrong(experiment, diag, "a scenario that fails without any fault");
    for (size_t i = 0; i < ret->choices.count; i++)
        ret->kept[i] = true;
    if (!choice_rules_make(&ret->choices, ret->kept, &rules))
        return no_memory(diag);
    size_t count = rules.count;
    choice_rules_free(&rules);
    if (count <= BOARD_RULES)
        return true;
    snprintf(got, sizeof got, "%zu single decisions", ret->choices.count);
    diag_at(diag, experiment->file, experiment->place.line, experiment->place.column,
            "got %s, which take %zu rules, expected at most %d: a lower chance, or rules about fewer calls",
            got, count, BOARD_RULES);
    return false;
}

static bool search(struct trying *trying, struct shrunk *ret, struct diag *diag)
{
    if (!verify(trying, ret, diag) || !needs_faults(trying, ret, diag))
        return false;
    ret->minimal = ddmin(ret->kept, ret->choices.count, trying_set, trying) &&
                   shrink_closer(trying, &ret->choices, ret->kept);
    if (ret->minimal)
        shrink_milder(trying, &ret->choices, ret->kept);
    return true;
}

bool shrink_run(const struct experiment *experiment, const struct shrink_options *options, struct shrunk *ret,
                struct diag *diag)
{
    *ret = (struct shrunk){0};
    if (!learn(experiment, options, ret, diag))
        return false;
    ret->kept = calloc(ret->choices.count + 1, sizeof *ret->kept);
    if (ret->kept == NULL)
        return no_memory(diag);
    struct trying trying = {.experiment = experiment,
                            .run = &options->run,
                            .until_ns = options->until_ns,
                            .choices = &ret->choices,
                            .failing = &ret->failing,
                            .repeats = 1,
                            .failures = 1};
    bool ok = check_room(experiment, ret, diag) && search(&trying, ret, diag);
    ret->runs += trying.runs;
    return ok;
}

void shrunk_free(struct shrunk *shrunk)
{
    choices_free(&shrunk->choices);
    failing_free(&shrunk->failing);
    free(shrunk->kept);
    *shrunk = (struct shrunk){0};
}

bool shrink_confirm(const struct experiment *experiment, const struct failing *failing,
                    const struct shrink_options *options, size_t times, size_t *ret_failed)
{
    *ret_failed = 0;
    for (size_t i = 0; i < times; i++) {
        struct result result = {0};
        experiment_run(experiment, &options->run, &result);
        *ret_failed += failing_same(failing, &result);
        result_free(&result);
        if (*options->run.stop != 0)
            return false;
    }
    return true;
}
