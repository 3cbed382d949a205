#include "harness/sweep/shrink/choices.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

static bool is_stall(enum fault_kind fault)
{
    return fault == FAULT_DELAY || fault == FAULT_RATE;
}

static bool add(struct choices *choices, const char *process, const char *site, struct choice_made choice)
{
    choice.process = strdup(process);
    choice.site = strdup(site);
    struct choice_made *grown = realloc(choices->items, (choices->count + 1) * sizeof *grown);
    if (grown != NULL)
        choices->items = grown;
    if (grown == NULL || choice.process == NULL || choice.site == NULL) {
        free(choice.process);
        free(choice.site);
        return false;
    }
    grown[choices->count++] = choice;
    return true;
}

/* A rate is the delay that it came to. */
static bool add_fired(const struct experiment *experiment, const struct survey_fired *fired,
                      struct choices *choices)
{
    const struct rule *rule = &experiment->faults[fired->rule].rule;
    bool stalls = is_stall((enum fault_kind)rule->fault);
    return add(choices, fired->process, fired->site,
               (struct choice_made){.call = fired->call,
                                    .connection = fired->connection,
                                    .nth = fired->nth,
                                    .fault = stalls ? FAULT_DELAY : (enum fault_kind)rule->fault,
                                    .err = rule->err,
                                    .amount = fired->amount,
                                    .eof_full = rule->eof_full,
                                    .force = rule->force && !stalls,
                                    .delay_ns = fired->delay_ns,
                                    .asked = fired->asked});
}

/* A call that was stopped at the byte where a rule with `after` was to meet the connection. */
static bool add_boundary(const struct survey_call *call, struct choices *choices)
{
    return call->result <= 0 ||
           add(choices, call->process, call->site,
               (struct choice_made){.call = call->call,
                                    .connection = call->connection,
                                    .nth = call->connection == 0 ? call->nth : call->nth_on_connection,
                                    .fault = FAULT_SHORT,
                                    .amount = (uint64_t)call->result,
                                    .asked = call->asked});
}

bool choices_find(const struct experiment *experiment, const struct survey *survey, struct choices *ret)
{
    bool ok = true;
    *ret = (struct choices){0};
    for (size_t i = 0; ok && i < survey->fired_count; i++) {
        const struct survey_fired *fired = &survey->fired[i];
        if (fired->nth > 0 && fired->rule >= 0 && (size_t)fired->rule < experiment->fault_count)
            ok = add_fired(experiment, fired, ret);
    }
    for (size_t i = 0; ok && i < survey->count; i++)
        if (survey->calls[i].rule < 0 && survey->calls[i].recipe == RECIPE_CUT)
            ok = add_boundary(&survey->calls[i], ret);
    if (!ok)
        choices_free(ret);
    return ok;
}

void choices_free(struct choices *choices)
{
    for (size_t i = 0; i < choices->count; i++) {
        free(choices->items[i].process);
        free(choices->items[i].site);
    }
    free(choices->items);
    *choices = (struct choices){0};
}
