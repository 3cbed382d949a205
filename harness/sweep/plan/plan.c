#include "harness/sweep/plan/plan.h"
#include "harness/text.h"
#include "shim/model/errnos.h"
#include "shim/model/expr.h"

#include <stdlib.h>
#include <string.h>

char *sweep_fault_text(const struct legal_row *row)
{
    const struct sweep_event *event;
    for (size_t i = 0; (event = sweep_event_at(i)) != NULL; i++)
        if (event->fault == row->fault && event->err == 0)
            return sweep_event_text(event, row);
    return NULL;
}

char *sweep_trial_sentence(const struct sweep_trial *trial)
{
    const char *call = call_info(trial->call->call)->name;
    char *does = sweep_event_sentence(trial->event, trial->row);
    char *sentence = does == NULL
                         ? NULL
                         : text_format("the %s %s %s", sweep_occurrence_name(trial->occurrence), call, does);
    free(does);
    return sentence;
}

/* What is being made. */
struct planning {
    const struct survey *survey;
    const struct sweep_filter *filter;
    struct sweep_plan *plan;
    struct diag *diag;
};

static bool no_memory(const struct planning *p)
{
    diag_set(p->diag, STATUS_TROUBLE, "no memory for the plan of a sweep");
    return false;
}

bool sweep_process_is(const char *name, const char *process)
{
    size_t len = strcspn(process, "#");
    return strcmp(name, process) == 0 || (strlen(name) == len && strncmp(name, process, len) == 0);
}

static bool is_in(const struct sweep_filter *filter, const char *process)
{
    for (size_t i = 0; i < filter->in_count; i++)
        if (sweep_process_is(filter->in[i], process))
            return true;
    return filter->in_count == 0;
}

static bool waits_for_others(enum call_id call)
{
    enum call_family family = call_info(call)->family;
    return family == FAMILY_ACCEPT || family == FAMILY_WAIT || family == FAMILY_RECEIVE;
}

/* Whether the process has not come to listen at that call, but will. */
static bool is_before_listening(const struct survey *survey, const struct survey_call *call)
{
    for (const struct survey_call *before = survey->calls; before < call; before++)
        if (before->call == CALL_listen && strcmp(before->process, call->process) == 0)
            return false;
    for (const struct survey_call *later = call; later < survey->calls + survey->count; later++)
        if (later->call == CALL_listen && strcmp(later->process, call->process) == 0)
            return true;
    return false;
}

/* A program's own threads may wait for each other before it listens. */
static bool is_starting(const struct survey *survey, const struct survey_call *call)
{
    if (is_before_listening(survey, call))
        return true;
    for (const struct survey_call *before = survey->calls; before < call; before++)
        if (waits_for_others(before->call) && strcmp(before->process, call->process) == 0)
            return false;
    return !waits_for_others(call->call);
}

/* Whether a row may be tried at a call. */
static bool row_holds(const struct sweep_filter *filter, const struct legal_row *row,
                      const struct survey_call *call)
{
    return filter->tiers >> row->tier & 1 && legal_row_fits(row, call->call, row->fault, row->err) &&
           (row->needs & legal_lasting() & ~call->facts) == 0;
}

/* Since no other trial has been added behind it, one with that rule is among the last ones. */
static struct sweep_trial *find_trial(const struct sweep_plan *plan, const struct sweep_trial *like)
{
    for (size_t i = plan->count; i > 0 && plan->trials[i - 1].place == like->place; i--)
        if (strcmp(plan->trials[i - 1].rule, like->rule) == 0)
            return &plan->trials[i - 1];
    return NULL;
}

/* Another row for the same rule: which of them the trial is judged by. */
static void join(struct sweep_trial *trial, const struct legal_row *row)
{
    const conditions facts = trial->call->facts;
    if ((trial->row->needs & ~facts) == 0)
        return; /* the shim takes the first row that holds */
    if ((row->needs & ~facts) == 0) {
        trial->row = row;
        trial->expect = sweep_event_expect(trial->event, row);
    } else if (sweep_event_expect(trial->event, row) == EXPECT_H) {
        trial->expect = EXPECT_H;
    }
}

static bool check_rule(const struct planning *p, const char *text)
{
    struct rule rules[SWEEP_EVENT_RULES];
    struct expr_error error = {0};
    if (expr_parse(text, rules, SWEEP_EVENT_RULES, &error) > 0)
        return true;
    diag_set(p->diag, STATUS_TROUBLE, "'%s' is not understood: %s", text, error.message);
    return false;
}

static bool append(struct planning *p, const struct sweep_trial *trial)
{
    struct sweep_plan *plan = p->plan;
    if (!check_rule(p, trial->rule))
        return false;
    struct sweep_trial *grown = realloc(plan->trials, (plan->count + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(p);
    plan->trials = grown;
    plan->trials[plan->count++] = *trial;
    return true;
}

/* Adds the trial of a row at a call, whose rule is there. Takes the rule. */
static bool add_trial(struct planning *p, struct sweep_trial *trial)
{
    struct sweep_trial *same = find_trial(p->plan, trial);
    if (same == NULL && append(p, trial))
        return true;
    if (same != NULL)
        join(same, trial->row);
    free(trial->rule);
    return same != NULL;
}

/* The trial of a row and an event at a call, if there is one. */
static bool plan_event(struct planning *p, struct sweep_trial trial, const struct sweep_event *event)
{
    if (!sweep_event_fits(event, trial.row, trial.call, p->filter->brief))
        return true;
    trial.event = event;
    trial.expect = sweep_event_expect(event, trial.row);
    trial.rule =
        sweep_event_rule(event, trial.row, trial.call, p->plan->places.items[trial.place].by_threads);
    if (trial.rule == NULL)
        return no_memory(p);
    return add_trial(p, &trial);
}

/* What takes several calls comes after what takes one: where both show a defect, that is told first. */
static bool plan_call(struct planning *p, size_t place, enum sweep_occurrence occurrence)
{
    const struct survey_call *call = p->plan->places.items[place].calls[occurrence];
    struct sweep_trial trial = {
        .place = place, .occurrence = occurrence, .call = call, .starting = is_starting(p->survey, call)};
    const struct sweep_event *event;
    bool ok = true;
    for (size_t i = 0; ok && (event = sweep_event_at(i)) != NULL; i++)
        for (size_t k = 0; ok && (trial.row = legal_row_at(k)) != NULL; k++)
            ok = !row_holds(p->filter, trial.row, call) || plan_event(p, trial, event);
    return ok;
}

static bool is_in_shard(struct planning *p)
{
    size_t turn = p->plan->only++;
    return p->filter->shards == 0 || turn % p->filter->shards == p->filter->shard - 1;
}

/* Whether it stays in the plan; what is expected of it is settled. */
static bool is_chosen(struct planning *p, struct sweep_trial *trial, const char *name)
{
    if (sweep_globs_mean(&p->filter->same, name, false, p->plan->same_hits)) {
        trial->expect = EXPECT_T;
        p->plan->same++;
    }
    return sweep_globs_mean(&p->filter->only, name, true, p->plan->only_hits) && is_in_shard(p);
}

/* Once all are there: rows that come to one rule have been joined, whatever the filter. */
static bool choose(struct planning *p)
{
    struct sweep_plan *plan = p->plan;
    size_t kept = 0, count = plan->count;
    plan->only_hits = calloc(p->filter->only.count + 1, sizeof *plan->only_hits);
    plan->same_hits = calloc(p->filter->same.count + 1, sizeof *plan->same_hits);
    bool ok = plan->only_hits != NULL && plan->same_hits != NULL;
    for (size_t i = 0; i < count; i++) {
        char *name = sweep_trial_name(&plan->trials[i]);
        ok = ok && name != NULL;
        if (ok && is_chosen(p, &plan->trials[i], name))
            plan->trials[kept++] = plan->trials[i];
        else
            free(plan->trials[i].rule);
        if (plan->example == NULL)
            plan->example = name;
        else
            free(name);
    }
    plan->count = kept;
    return ok || no_memory(p);
}

bool sweep_known_has(const struct sweep_known *known, const struct survey_call *call)
{
    for (size_t i = 0; known != NULL && i < known->count; i++)
        if (sweep_places_have(known->items[i], call))
            return true;
    return false;
}

bool sweep_plan_make(const struct survey *survey, const struct sweep_filter *filter, struct sweep_plan *ret,
                     struct diag *diag)
{
    struct planning p = {.survey = survey, .filter = filter, .plan = ret, .diag = diag};
    *ret = (struct sweep_plan){0};
    bool ok = sweep_places_find(survey, &ret->places) || no_memory(&p);
    for (size_t i = 0; ok && i < ret->places.count; i++)
        for (int which = 0; ok && which < SWEEP_OCCURRENCES; which++) {
            const struct survey_call *call = ret->places.items[i].calls[which];
            if (call != NULL && is_in(filter, call->process) && !sweep_known_has(filter->known, call))
                ok = plan_call(&p, i, (enum sweep_occurrence)which);
        }
    ok = ok && choose(&p);
    if (!ok)
        sweep_plan_free(ret);
    return ok;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->trials[i].rule);
    free(plan->trials);
    free(plan->example);
    free(plan->only_hits);
    free(plan->same_hits);
    sweep_places_free(&plan->places);
    *plan = (struct sweep_plan){0};
}

char *sweep_trial_name(const struct sweep_trial *trial)
{
    const struct survey_call *call = trial->call;
    char *fault = sweep_event_text(trial->event, trial->row);
    char *name = fault == NULL ? NULL
                               : text_format("%s/%s:%s %s", call->process, call_info(call->call)->name, fault,
                                             call->site);
    free(fault);
    return name;
}
