#include "harness/sweep/plan/plan.h"
#include "harness/text.h"
#include "shim/model/errnos.h"
#include "shim/model/expr.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is tried of each fault. A rate is a delay where it is about one call. How much a bit, a byte or a
 * datagram more would show is for scenarios. Time is virtual, so a delay can be longer than most patience;
 * what becomes ready has 10 s for it.
 */
static const struct {
    const char *text, *sentence;
} tried[FAULT_COUNT] = {
    [FAULT_SHORT] = {"short=1", "moves one byte only"},
    [FAULT_EOF] = {"eof=half", "finds the end of file"},
    [FAULT_RESET] = {"reset", "finds the connection reset"},
    [FAULT_SILENCE] = {"silence", "is the last that the other side hears or says"},
    [FAULT_DELAY] = {"delay=8s", "is made 8 s late"},
    [FAULT_DROP] = {"drop", "loses the datagram"},
    [FAULT_DUPLICATE] = {"duplicate", "has the datagram twice"},
    [FAULT_REORDER] = {"reorder=1", "has the datagram after the one behind it"},
    [FAULT_CORRUPT] = {"corrupt=1", "has a bit of the datagram flipped"},
    [FAULT_SPURIOUS] = {"spurious", "tells of data that is not there"},
};

/* Of a delay where time is real. */
static const char brief_text[] = "delay=200ms", brief_sentence[] = "is made 0.2 s late";

char *sweep_fault_text(const struct legal_row *row)
{
    if (row->fault == FAULT_ERROR)
        return text_format("error=%s", errno_name(row->err));
    return tried[row->fault].text == NULL ? NULL : strdup(tried[row->fault].text);
}

char *sweep_trial_sentence(const struct sweep_trial *trial)
{
    const char *call = call_info(trial->call->call)->name, *when = sweep_occurrence_name(trial->occurrence);
    if (trial->row->fault == FAULT_ERROR)
        return text_format("the %s %s fails with %s: %s", when, call, errno_name(trial->row->err),
                           trial->row->note);
    bool brief = trial->brief && trial->row->fault == FAULT_DELAY;
    return text_format("the %s %s %s: %s", when, call,
                       brief ? brief_sentence : tried[trial->row->fault].sentence, trial->row->note);
}

/*
 * That the result stays the same (T) is said of the program the event befalls. But a connection that is dead
 * on arrival takes it from the client as well, and after so long a delay anybody may have lost patience.
 */
static enum expectation expectation_of(const struct legal_row *row)
{
    bool others_feel_it = row->fault == FAULT_DELAY || row->recipe == RECIPE_STALL ||
                          row->recipe == RECIPE_ACCEPT_DEAD || row->recipe == RECIPE_ACCEPT_DROP;
    return others_feel_it ? EXPECT_H : row->expect;
}

/* What is being made. */
struct planning {
    const struct survey *survey;
    const struct sweep_filter *filter;
    struct sweep_plan *plan;
    size_t matched; /* trials that the filter lets through but for the shard */
    struct diag *diag;
};

static bool no_memory(const struct planning *p)
{
    diag_set(p->diag, STATUS_TROUBLE, "no memory for the plan of a sweep");
    return false;
}

/* "client" means client#1 and client#2, too. */
static bool is_in(const struct sweep_filter *filter, const char *process)
{
    size_t len = strcspn(process, "#");
    for (size_t i = 0; i < filter->in_count; i++)
        if (strcmp(filter->in[i], process) == 0 ||
            (strlen(filter->in[i]) == len && strncmp(filter->in[i], process, len) == 0))
            return true;
    return filter->in_count == 0;
}

static bool waits_for_others(enum call_id call)
{
    enum call_family family = call_info(call)->family;
    return family == FAMILY_ACCEPT || family == FAMILY_WAIT || family == FAMILY_RECEIVE;
}

static bool is_starting(const struct survey *survey, const struct survey_call *call)
{
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

static char *rule_text(const struct survey_call *call, const char *fault)
{
    const char *name = call_info(call->call)->name;
    if (call->connection == 0)
        return text_format("%s/%s:%s:when=%llu:scope=all", call->process, name, fault,
                           (unsigned long long)call->nth);
    return text_format("%s/%s:%s:conn=%u:when=%llu:scope=connection", call->process, name, fault,
                       call->connection, (unsigned long long)call->nth_on_connection);
}

/* Since no other trial has been added behind it, one with that rule is among the last ones. */
static struct sweep_trial *find_trial(const struct sweep_plan *plan, const struct sweep_trial *like)
{
    for (size_t i = plan->count; i > 0 && plan->trials[i - 1].call == like->call; i--)
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
        trial->expect = expectation_of(row);
    } else if (expectation_of(row) == EXPECT_H) {
        trial->expect = EXPECT_H;
    }
}

static bool check_rule(const struct planning *p, const char *text)
{
    struct rule rule;
    struct expr_error error = {0};
    if (expr_parse(text, &rule, 1, &error) == 1)
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

static char *tried_text(const struct sweep_filter *filter, const struct legal_row *row)
{
    return filter->brief && row->fault == FAULT_DELAY ? strdup(brief_text) : sweep_fault_text(row);
}

static bool plan_call(struct planning *p, size_t place, enum sweep_occurrence occurrence)
{
    const struct survey_call *call = p->plan->places.items[place].calls[occurrence];
    bool starting = is_starting(p->survey, call);
    const struct legal_row *row;
    for (size_t i = 0; (row = legal_row_at(i)) != NULL; i++) {
        char *fault = row_holds(p->filter, row, call) ? tried_text(p->filter, row) : NULL;
        if (fault == NULL)
            continue;
        struct sweep_trial trial = {.place = place,
                                    .occurrence = occurrence,
                                    .call = call,
                                    .row = row,
                                    .rule = rule_text(call, fault),
                                    .expect = expectation_of(row),
                                    .brief = p->filter->brief,
                                    .starting = starting};
        free(fault);
        if (trial.rule == NULL)
            return no_memory(p);
        if (!add_trial(p, &trial))
            return false;
    }
    return true;
}

static bool is_wanted(struct planning *p, const struct sweep_trial *trial)
{
    const struct sweep_filter *filter = p->filter;
    const char *only = filter->only == NULL ? "*" : filter->only;
    bool others = only[0] == '!';
    char *name = sweep_trial_name(trial);
    bool wanted = name != NULL && (fnmatch(only + others, name, 0) == 0) != others;
    free(name);
    if (!wanted)
        return false;
    size_t turn = p->matched++;
    return filter->shards == 0 || turn % filter->shards == filter->shard - 1;
}

/* Once all are there: rows that come to one rule have been joined, whatever the filter. */
static void choose(struct planning *p)
{
    struct sweep_plan *plan = p->plan;
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (is_wanted(p, &plan->trials[i]))
            plan->trials[kept++] = plan->trials[i];
        else
            free(plan->trials[i].rule);
    }
    plan->count = kept;
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
            if (call != NULL && is_in(filter, call->process))
                ok = plan_call(&p, i, (enum sweep_occurrence)which);
        }
    if (ok)
        choose(&p);
    else
        sweep_plan_free(ret);
    return ok;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->trials[i].rule);
    free(plan->trials);
    sweep_places_free(&plan->places);
    *plan = (struct sweep_plan){0};
}

char *sweep_trial_name(const struct sweep_trial *trial)
{
    const struct survey_call *call = trial->call;
    char *fault = sweep_fault_text(trial->row);
    char *name = fault == NULL ? NULL
                               : text_format("%s/%s:%s %s", call->process, call_info(call->call)->name, fault,
                                             call->site);
    free(fault);
    return name;
}
