#include "harness/sweep/pairs.h"
#include "harness/clock.h"
#include "harness/phrase.h"

#include <stdlib.h>

struct pairing {
    const struct experiment *scenario;
    const struct sweep *first;
    const struct sweep_options *options;
    const volatile int *stop;
    struct sweep_pairs *pairs;
    struct sweep_known known;
    char **warnings;
};

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for pairs of faults");
    return false;
}

static bool is_over(const struct pairing *p)
{
    return *p->stop != 0 || (p->options->until_ns != 0 && clock_ns() >= p->options->until_ns);
}

/* The pairs' sweeps move when there are more of them: so the list is made anew. */
static bool list_known(struct pairing *p, struct diag *diag)
{
    const struct sweep_places **items = realloc(p->known.items, (p->pairs->count + 1) * sizeof *items);
    if (items == NULL)
        return no_memory(diag);
    items[0] = &p->first->plan.places;
    for (size_t i = 0; i < p->pairs->count; i++)
        items[i + 1] = &p->pairs->items[i].plan.places;
    p->known = (struct sweep_known){items, p->pairs->count + 1};
    return true;
}

static bool has_new(const struct pairing *p, const struct survey *survey)
{
    struct sweep_places places;
    bool any = false;
    if (!sweep_places_find(survey, &places))
        return false;
    for (size_t i = 0; !any && i < places.count; i++)
        any = !sweep_known_has(&p->known, places.items[i].calls[SWEEP_FIRST]);
    sweep_places_free(&places);
    return any;
}

/* Whether a fault leads to where nobody has been. What cannot be told is not gone into. */
static bool leads_on(const struct pairing *p, const char *rule)
{
    struct run_options run = p->options->run;
    struct sweep_case with;
    struct survey survey = {0};
    struct result result = {0};
    struct diag trouble = {0};
    run.stop = p->stop;
    run.repeat = 1;
    run.settle_ns = SWEEP_SETTLE_NS;
    if (!sweep_case_make(&p->first->subject, rule, &with, &trouble))
        return false;
    bool told = survey_run(&with.experiment, &run, &survey, &result, &trouble);
    bool leads = told && has_new(p, &survey);
    if (told)
        result_free(&result);
    survey_free(&survey);
    sweep_case_free(&with);
    return leads;
}

/* Takes the sweep over, which is worth it only if something was tried. */
static bool keep(struct pairing *p, struct sweep *sweep, struct diag *diag)
{
    struct sweep *items = realloc(p->pairs->items, (p->pairs->count + 1) * sizeof *items);
    if (items == NULL) {
        sweep_free(sweep);
        return no_memory(diag);
    }
    p->pairs->items = items;
    items[p->pairs->count++] = *sweep;
    return list_known(p, diag);
}

static bool pair_with(struct pairing *p, const char *rule, struct diag *diag)
{
    struct sweep_options options = *p->options;
    struct sweep sweep;
    struct diag trouble = {0};
    options.under = rule;
    options.filter.known = &p->known;
    if (sweep_run(p->scenario, &options, p->stop, &sweep, &trouble) && sweep.plan.count > 0)
        return keep(p, &sweep, diag);
    sweep_free(&sweep);
    if (!diag_ok(&trouble))
        phrase_append(p->warnings, "\n", "under %s: %s", rule, trouble.text);
    return true;
}

bool sweep_pairs_run(const struct experiment *scenario, const struct sweep *first,
                     const struct sweep_options *options, const volatile int *stop, struct sweep_pairs *ret,
                     char **warnings, struct diag *diag)
{
    struct pairing p = {scenario, first, options, stop, ret, {0}, warnings};
    *ret = (struct sweep_pairs){0};
    bool ok = list_known(&p, diag);
    for (size_t i = 0; ok && i < first->plan.count && !is_over(&p); i++) {
        const char *rule = first->plan.trials[i].rule;
        bool survived = first->tried[i].done && sweep_class_of(first, i) == SWEEP_CLASS_SURVIVED;
        if (survived && leads_on(&p, rule) && !is_over(&p))
            ok = pair_with(&p, rule, diag);
    }
    free(p.known.items);
    return ok;
}

void sweep_pairs_free(struct sweep_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        sweep_free(&pairs->items[i]);
    free(pairs->items);
    *pairs = (struct sweep_pairs){0};
}
