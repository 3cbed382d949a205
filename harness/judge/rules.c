/* What must hold of the rules. A fault that never happened proves nothing: its scenario fails. */
#include "harness/judge/judging.h"
#include "harness/text.h"

#include <stdlib.h>

static bool fired_enough(const struct scenario_fault *fault, const struct rule_result *rule)
{
    return (fault->optional && rule->fired == 0) || range_holds(&fault->fired, rule->fired);
}

static void judge_rule(const struct experiment *experiment, const struct observed *observed,
                       struct result *result, size_t i)
{
    const struct scenario_fault *fault = &experiment->faults[i];
    const struct rule_result *rule = &result->rules[i];
    if (fired_enough(fault, rule))
        return;
    char *what = text_format("rule %zu", i + 1);
    char *times = range_text(&fault->fired);
    char *expected =
        text_format("%s fires: %s", rule->text == NULL ? "it" : rule->text, times == NULL ? "" : times);
    char *got = judge_why(experiment, observed, result, i);
    result_fail(result, fault->rule.process[0] != '\0' ? fault->rule.process : NULL, what, expected, got,
                fault->place.file, fault->place.line, fault->place.column);
    free(what);
    free(times);
    free(expected);
    free(got);
}

void judge_rules(const struct experiment *experiment, const struct observed *observed, struct result *result)
{
    for (size_t i = 0; i < result->rule_count && i < experiment->fault_count; i++)
        judge_rule(experiment, observed, result, i);
}
