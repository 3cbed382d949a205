#include "harness/sweep/shrink/choices.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

/* What is being found. */
struct finding {
    const struct experiment *experiment;
    const struct survey *survey;
    struct choices *choices;
};

static bool is_stall(enum fault_kind fault)
{
    return fault == FAULT_DELAY || fault == FAULT_RATE;
}

/* What befalls a datagram on its way: `when` counts those, whatever call has them. */
static bool is_fate(enum fault_kind fault)
{
    return fault == FAULT_DROP || fault == FAULT_DUPLICATE || fault == FAULT_REORDER ||
           fault == FAULT_CORRUPT || fault == FAULT_TRUNCATE;
}

static const struct rule *rule_of(const struct finding *f, const struct survey_call *call)
{
    if (call->rule < 0 || (size_t)call->rule >= f->experiment->fault_count)
        return NULL;
    return &f->experiment->faults[call->rule].rule;
}

static bool is_receive(const struct survey_call *call)
{
    return call_info(call->call)->family == FAMILY_RECEIVE;
}

/*
 * The receive that a decision made at a wait was about: the next one of the process, else (it never came) the
 * last before.
 */
static const struct survey_call *receive_near(const struct finding *f, const struct survey_call *wait)
{
    const struct survey_call *calls = f->survey->calls, *end = calls + f->survey->count, *before = NULL;
    for (const struct survey_call *call = wait + 1; call < end; call++)
        if (is_receive(call) && strcmp(call->process, wait->process) == 0)
            return call;
    for (const struct survey_call *call = calls; call < wait; call++)
        if (is_receive(call) && strcmp(call->process, wait->process) == 0)
            before = call;
    return before;
}

static bool is_like(const struct survey_call *one, const struct survey_call *other)
{
    return one->call == other->call && one->connection == other->connection &&
           strcmp(one->process, other->process) == 0;
}

/* How many datagrams calls like that had been decided about before: those they gave, and those that went by.
 */
static uint64_t datagrams_before(const struct finding *f, const struct survey_call *at,
                                 const struct survey_call *like)
{
    uint64_t count = 0;
    for (const struct survey_call *call = f->survey->calls; call < at; call++) {
        const struct rule *rule = rule_of(f, call);
        bool lost = rule != NULL && (rule->fault == FAULT_DROP || rule->fault == FAULT_CORRUPT);
        bool given = is_like(call, like) && call->ended && call->result >= 0;
        if (lost && !is_receive(call))
            count += receive_near(f, call) != NULL && is_like(receive_near(f, call), like);
        else
            count += (size_t)given + (lost && is_like(call, like));
    }
    return count;
}

/* How many connections calls like that had taken from the queue before. */
static uint64_t accepted_before(const struct finding *f, const struct survey_call *at)
{
    uint64_t count = 0;
    for (const struct survey_call *call = f->survey->calls; call < at; call++) {
        const struct rule *rule = rule_of(f, call);
        bool befell =
            rule != NULL && legal_once_accepted(call->call, (enum fault_kind)rule->fault, rule->err);
        count += is_like(call, at) && call->ended && (call->result >= 0 || befell);
    }
    return count;
}

/* Gives the choice the number by which its rule meets the call again. */
static void number(const struct finding *f, const struct survey_call *at, struct choice_made *choice)
{
    const struct survey_call *met = at;
    bool is_wait = call_info(at->call)->family == FAMILY_WAIT;
    bool ahead = is_wait && !is_stall(choice->fault) && !legal_possible(at->call, choice->fault, choice->err);
    if (ahead && receive_near(f, at) != NULL)
        met = receive_near(f, at);
    choice->call = met->call;
    choice->connection = met->connection;
    choice->asked = met->asked;
    choice->nth = met->connection == 0 ? met->nth : met->nth_on_connection;
    if (is_fate(choice->fault) && is_receive(met))
        choice->nth = 1 + datagrams_before(f, at, met);
    else if (legal_once_accepted(met->call, choice->fault, choice->err))
        choice->nth = 1 + accepted_before(f, met);
}

static bool add(struct finding *f, const struct survey_call *call, struct choice_made choice)
{
    struct choices *choices = f->choices;
    number(f, call, &choice);
    choice.process = strdup(call->process);
    choice.site = strdup(call->site);
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

/* What a share, or all but so many, came to is what the call moved. */
static uint64_t amount_of(const struct rule *rule, const struct survey_call *call)
{
    bool relative = rule->fault == FAULT_SHORT && rule->amount_kind != AMOUNT_BYTES;
    return relative ? call->result > 0 ? (uint64_t)call->result : 1 : rule->amount;
}

static bool add_fault(struct finding *f, const struct survey_call *call, const struct rule *rule)
{
    return add(f, call,
               (struct choice_made){.fault = (enum fault_kind)rule->fault,
                                    .err = rule->err,
                                    .amount = amount_of(rule, call),
                                    .eof_full = rule->eof_full,
                                    .force = rule->force});
}

/* A call that was stopped at the byte where a rule with `after` was to meet the connection. */
static bool add_boundary(struct finding *f, const struct survey_call *call)
{
    return call->result <= 0 ||
           add(f, call, (struct choice_made){.fault = FAULT_SHORT, .amount = (uint64_t)call->result});
}

bool choices_find(const struct experiment *experiment, const struct survey *survey, struct choices *ret)
{
    struct finding f = {experiment, survey, ret};
    bool ok = true;
    *ret = (struct choices){0};
    for (size_t i = 0; ok && i < survey->count; i++) {
        const struct survey_call *call = &survey->calls[i];
        const struct rule *rule = rule_of(&f, call);
        if (call->delay_ns > 0)
            ok = add(&f, call, (struct choice_made){.fault = FAULT_DELAY, .delay_ns = call->delay_ns});
        if (ok && rule != NULL && !is_stall((enum fault_kind)rule->fault))
            ok = add_fault(&f, call, rule);
        else if (ok && rule == NULL && call->recipe == RECIPE_CUT)
            ok = add_boundary(&f, call);
    }
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
