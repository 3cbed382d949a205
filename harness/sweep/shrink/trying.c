#include "harness/sweep/shrink/trying.h"
#include "harness/clock.h"
#include "shim/model/board.h"
#include "shim/model/expr.h"

#include <stdlib.h>

static bool is_stopped(const struct trying *trying)
{
    return *trying->run->stop != 0 || (trying->until_ns > 0 && clock_ns() >= trying->until_ns);
}

/* The faults that the rules are; a rule that does nothing is no failure of its own. NULL: no memory. */
static struct scenario_fault *make_faults(const struct trying *trying, const struct choice_rules *rules)
{
    struct scenario_fault *faults = calloc(rules->count + 1, sizeof *faults);
    for (size_t i = 0; faults != NULL && i < rules->count; i++) {
        struct expr_error error = {0};
        faults[i] = (struct scenario_fault){
            .fired = {0, UINT64_MAX}, .optional = true, .place = trying->experiment->place};
        if (expr_parse(rules->items[i].text, &faults[i].rule, 1, &error) == 1)
            continue;
        free(faults);
        return NULL;
    }
    return faults;
}

/* What did not fire had no part in it. */
static void leave_fired(const struct trying *trying, const struct choice_rules *rules,
                        const struct result *result, bool *set)
{
    for (size_t i = 0; i < trying->choices->count; i++)
        if (set[i] && rules->rule_of[i] < result->rule_count && result->rules[rules->rule_of[i]].fired == 0)
            set[i] = false;
}

static enum ddmin_answer run(struct trying *trying, const struct choice_rules *rules, bool *set)
{
    struct experiment experiment = *trying->experiment;
    struct result result = {0};
    experiment.faults = make_faults(trying, rules);
    experiment.fault_count = rules->count;
    if (experiment.faults == NULL)
        return DDMIN_STOP;
    experiment_run(&experiment, trying->run, &result);
    trying->runs++;
    enum ddmin_answer answer = failing_same(trying->failing, &result) ? DDMIN_FAILS : DDMIN_PASSES;
    if (*trying->run->stop != 0) /* it was cut short, and says nothing */
        answer = DDMIN_STOP;
    else if (answer == DDMIN_FAILS)
        leave_fired(trying, rules, &result, set);
    result_free(&result);
    free(experiment.faults);
    return answer;
}

enum ddmin_answer trying_once(struct trying *trying, bool *set)
{
    struct choice_rules rules;
    if (is_stopped(trying) || !choice_rules_make(trying->choices, set, &rules))
        return DDMIN_STOP;
    enum ddmin_answer answer = rules.count > BOARD_RULES ? DDMIN_PASSES : run(trying, &rules, set);
    choice_rules_free(&rules);
    return answer;
}

enum ddmin_answer trying_set(void *context, bool *set)
{
    struct trying *trying = context;
    enum ddmin_answer answer = DDMIN_PASSES;
    for (unsigned int i = 0; answer == DDMIN_PASSES && i < trying->repeats; i++)
        answer = trying_once(trying, set);
    for (unsigned int i = 1; answer == DDMIN_FAILS && i < trying->failures; i++)
        answer = trying_once(trying, set);
    return answer;
}
