#include "harness/sweep/sweep.h"
#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/sweep/defects.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for a sweep");
    return false;
}

/* Its words speak of a fault, where there was none. */
static bool say_differs(const struct result *result, const struct sweep_seen *seen, struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE,
             "%s: two runs without a fault differ, so nothing can be measured by them: %s (%s)", result->name,
             sweep_outcome_name(seen->outcome), seen->words == NULL ? "" : seen->words);
    return false;
}

static bool agree(const struct sweep_subject *subject, const struct result *one, const struct result *other,
                  struct diag *diag)
{
    struct sweep_measure measure = {&subject->experiment, one, false, false};
    struct sweep_seen seen = sweep_compare(&measure, other);
    bool same = seen.outcome == SWEEP_SAME || say_differs(other, &seen, diag);
    sweep_seen_free(&seen);
    return same;
}

/* What the tool told of without a fault is no defect of any; it is told all the same. */
static void warn_of_memory(const struct result *without, char **warnings)
{
    for (size_t i = 0; i < without->process_count; i++) {
        const struct process_result *process = &without->processes[i];
        if (process->memory != NULL && process->memory[0] != '\0')
            phrase_append(warnings, "\n", "without a fault already: %s: %.*s", process->name,
                          (int)strcspn(process->memory, "\n"), process->memory);
    }
}

static void warn(const struct survey *one, const struct survey *other, char **warnings)
{
    char *difference = NULL;
    if (one->lost > 0)
        phrase_append(warnings, "\n", "%llu calls were too many to be told of: places may be missing",
                      (unsigned long long)one->lost);
    if (!survey_same(one, other, &difference))
        phrase_append(warnings, "\n", "two runs without a fault made different calls: %s",
                      difference == NULL ? "" : difference);
    free(difference);
}

bool sweep_measure_take(const struct sweep_subject *subject, const struct run_options *options,
                        struct survey *ret_survey, struct result *ret_without, char **warnings,
                        struct diag *diag)
{
    struct survey surveys[2] = {0};
    struct result results[2] = {0};
    struct run_options run = *options;
    bool ok = true;
    run.settle_ns = SWEEP_SETTLE_NS;
    for (int i = 0; ok && i < 2; i++)
        ok = survey_run(&subject->experiment, &run, &surveys[i], &results[i], diag) &&
             sweep_subject_holds(subject, &results[i], diag);
    ok = ok && agree(subject, &results[0], &results[1], diag);
    if (ok) {
        warn(&surveys[0], &surveys[1], warnings);
        warn_of_memory(&results[0], warnings);
        *ret_survey = surveys[0];
        *ret_without = results[0];
        surveys[0] = (struct survey){0};
        results[0] = (struct result){0};
    }
    for (int i = 0; i < 2; i++) {
        survey_free(&surveys[i]);
        result_free(&results[i]);
    }
    return ok;
}

static bool is_defect(const struct sweep *sweep, size_t trial, enum sweep_outcome outcome)
{
    return sweep_outcome_class(outcome, sweep->plan.trials[trial].expect) == SWEEP_CLASS_DEFECT;
}

/* A program that waited for the end, and was told of it, has come that far because of it. */
static bool is_of_the_end(const struct survey_call *call)
{
    return call_info(call->call)->family == FAMILY_RECEIVE && call->ended && call->result == 0 &&
           !(call->facts & (CONDITION_SET(UNTOLD) | CONDITION_SET(OPEN)));
}

/* What has come in time without a fault may do so again; of data that was told of, once is enough to see. */
static int tries_of(const struct survey_call *call)
{
    if (is_of_the_end(call))
        return 0;
    return call->facts & (CONDITION_SET(UNTOLD) | CONDITION_SET(OPEN)) ? SWEEP_INSISTS : 1;
}

static struct sweep_turn turn_of(const struct sweep_trial *trial)
{
    return (struct sweep_turn){
        .rule = trial->rule, .starting = trial->starting, .tries = tries_of(trial->call)};
}

static struct sweep_turns turns_with(const struct sweep *sweep, const struct run_options *run,
                                     const volatile int *stop, struct diag *diag)
{
    return (struct sweep_turns){&sweep->subject, &sweep->without, run, stop, diag};
}

struct doubt {
    const struct sweep *sweep;
    const struct sweep_turn *turns;
};

/* What looks like a defect where the services had served others may be of those. */
static bool is_doubtful(const void *context, size_t index)
{
    const struct doubt *doubt = context;
    const struct sweep_turn *turn = &doubt->turns[index];
    return turn->done && turn->kept && is_defect(doubt->sweep, index, turn->seen.outcome);
}

/* Once more, by services of its own. */
static bool try_alone(const struct sweep *sweep, struct sweep_turn *turns, struct run_options run,
                      const volatile int *stop, struct diag *diag)
{
    struct doubt doubt = {sweep, turns};
    run.services_end = NULL;
    run.start_until_ns = 0;
    struct sweep_turns with = turns_with(sweep, &run, stop, diag);
    return sweep_turns_again(&with, turns, sweep->plan.count, is_doubtful, &doubt);
}

static bool try_all(struct sweep *sweep, struct run_options run, const volatile int *stop, struct diag *diag)
{
    size_t count = sweep->plan.count;
    struct sweep_turns with = turns_with(sweep, &run, stop, diag);
    struct sweep_turn *turns = calloc(count + 1, sizeof *turns);
    if (turns == NULL)
        return no_memory(diag);
    for (size_t i = 0; i < count; i++)
        turns[i] = turn_of(&sweep->plan.trials[i]);
    bool ok = sweep_turns_run(&with, turns, count) && try_alone(sweep, turns, run, stop, diag);
    for (size_t i = 0; i < count; i++) {
        sweep->tried[i].done = turns[i].done;
        sweep->tried[i].seen = turns[i].seen;
    }
    free(turns);
    return ok;
}

/* Fresh runs of every defect, one set of them after the other so that they do not share a moment. */
static bool confirm_all(struct sweep *sweep, const struct run_options *options, const volatile int *stop,
                        struct diag *diag)
{
    size_t suspects = 0;
    struct sweep_turn *turns = calloc(sweep->plan.count * SWEEP_CONFIRMATIONS + 1, sizeof *turns);
    size_t *of = calloc(sweep->plan.count + 1, sizeof *of);
    bool ok = turns != NULL && of != NULL;
    for (size_t i = 0; ok && i < sweep->plan.count; i++)
        if (sweep->tried[i].done && is_defect(sweep, i, sweep->tried[i].seen.outcome))
            of[suspects++] = i;
    for (size_t i = 0; ok && i < suspects * SWEEP_CONFIRMATIONS; i++)
        turns[i] = turn_of(&sweep->plan.trials[of[i % suspects]]);
    struct sweep_turns with = turns_with(sweep, options, stop, diag);
    ok = ok ? sweep_turns_run(&with, turns, suspects * SWEEP_CONFIRMATIONS) : no_memory(diag);
    for (size_t i = 0; ok && i < suspects * SWEEP_CONFIRMATIONS; i++) {
        struct sweep_tried *tried = &sweep->tried[of[i % suspects]];
        if (turns[i].done)
            tried->again[tried->again_count++] = turns[i].seen.outcome;
    }
    if (turns != NULL)
        sweep_turns_free(turns, suspects * SWEEP_CONFIRMATIONS);
    free(turns);
    free(of);
    return ok;
}

static enum sweep_steadiness steadiness_of(const struct sweep *sweep, size_t trial)
{
    const struct sweep_tried *tried = &sweep->tried[trial];
    size_t same = 0, defects = 0;
    if (!tried->done || !is_defect(sweep, trial, tried->seen.outcome))
        return SWEEP_NO_DEFECT;
    for (size_t i = 0; i < tried->again_count; i++) {
        same += tried->again[i] == tried->seen.outcome;
        defects += is_defect(sweep, trial, tried->again[i]);
    }
    if (same == SWEEP_CONFIRMATIONS)
        return SWEEP_STEADY;
    return defects == 0 && tried->again_count == SWEEP_CONFIRMATIONS ? SWEEP_ONCE : SWEEP_UNSTEADY;
}

enum sweep_class sweep_class_of(const struct sweep *sweep, size_t trial)
{
    const struct sweep_tried *tried = &sweep->tried[trial];
    if (tried->steadiness == SWEEP_ONCE)
        return SWEEP_CLASS_SURVIVED;
    return sweep_outcome_class(tried->seen.outcome, sweep->plan.trials[trial].expect);
}

static void count_all(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->plan.count; i++) {
        struct sweep_tried *tried = &sweep->tried[i];
        tried->steadiness = steadiness_of(sweep, i);
        sweep->once += tried->steadiness == SWEEP_ONCE;
        if (tried->done)
            sweep->classes[sweep_class_of(sweep, i)]++;
        else
            sweep->left++;
    }
}

/* As harness/run/watch/virtual.h has it; what runs in the machine's network mostly waits for those out there.
 */
static bool is_real(const struct experiment *scenario, const struct run_options *run)
{
    enum run_clock clock = run->clock != CLOCK_DEFAULT ? run->clock : scenario->clock;
    return clock == CLOCK_REAL || scenario->shares_network || run->tool == MEMORY_VALGRIND;
}

bool sweep_run(const struct experiment *scenario, const struct sweep_options *options,
               const volatile int *stop, struct sweep *ret, struct diag *diag)
{
    int64_t began = clock_ns();
    struct run_options run = options->run;
    struct sweep_filter filter = options->filter;
    *ret = (struct sweep){0};
    filter.brief = is_real(scenario, &run);
    run.stop = stop;
    run.repeat = 1;
    run.settle_ns = SWEEP_SETTLE_NS;
    run.start_until_ns = 0;
    run.coverage = options->coverage == NULL ? NULL : &options->coverage->before;
    if (!sweep_subject_make(scenario, &ret->subject, diag) ||
        (options->under != NULL && !sweep_subject_under(&ret->subject, options->under, diag)) ||
        !sweep_measure_take(&ret->subject, &run, &ret->survey, &ret->without, &ret->warnings, diag) ||
        !sweep_plan_make(&ret->survey, &filter, &ret->plan, diag))
        return false;
    sweep_subject_bound(&ret->subject, &ret->without);
    ret->tried = calloc(ret->plan.count + 1, sizeof *ret->tried);
    run.start_until_ns = options->until_ns;
    run.coverage = options->coverage == NULL ? NULL : &options->coverage->sweep;
    run.untraced = true;
    run.lasting = !options->fresh && run.coverage == NULL;
    run.services_end = &ret->without;
    bool ok = ret->tried != NULL || no_memory(diag);
    ok = ok && try_all(ret, run, stop, diag);
    run.start_until_ns = 0; /* what was found is to be sure */
    run.lasting = false;
    run.services_end = NULL;
    ok = ok && confirm_all(ret, &run, stop, diag);
    if (ok) {
        count_all(ret);
        ok = sweep_defects_find(ret) || no_memory(diag);
    }
    ret->elapsed_ns = clock_ns() - began;
    return ok;
}

void sweep_free(struct sweep *sweep)
{
    for (size_t i = 0; sweep->tried != NULL && i < sweep->plan.count; i++)
        sweep_seen_free(&sweep->tried[i].seen);
    free(sweep->tried);
    sweep_defects_free(sweep);
    sweep_plan_free(&sweep->plan);
    survey_free(&sweep->survey);
    result_free(&sweep->without);
    sweep_subject_free(&sweep->subject);
    free(sweep->warnings);
    *sweep = (struct sweep){0};
}
