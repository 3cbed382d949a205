#include "harness/cli/sweep_matched.h"
#include "harness/phrase.h"

#include <stdlib.h>
#include <string.h>

static bool add(size_t **sums, const size_t *more, size_t count)
{
    if (*sums == NULL && (*sums = calloc(count + 1, sizeof **sums)) == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        (*sums)[i] += more[i];
    return true;
}

/* Shells fork and wait, too. */
static bool touches_socket(const struct survey_call *call)
{
    return call->call == CALL_socket || call->call == CALL_socketpair ||
           call->facts & CONDITION_SET(SOCKET) || call_info(call->call)->family == FAMILY_RESOLVE;
}

/* process NULL: whoever it is. */
static size_t places_of(const struct sweep_plan *plan, const char *process)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->places.count; i++) {
        const struct survey_call *call = plan->places.items[i].calls[SWEEP_FIRST];
        count += touches_socket(call) && (process == NULL || sweep_process_is(process, call->process));
    }
    return count;
}

static bool add_places(struct sweep_matched *matched, const struct sweep_filter *filter,
                       const struct sweep_plan *plan)
{
    size_t *counts = calloc(filter->in_count + 1, sizeof *counts);
    for (size_t i = 0; counts != NULL && i < filter->in_count; i++)
        counts[i] = places_of(plan, filter->in[i]);
    bool ok = counts != NULL && add(&matched->in_places, counts, filter->in_count);
    free(counts);
    return ok;
}

bool sweep_matched_add(struct sweep_matched *matched, const struct sweep_filter *filter,
                       const struct sweep_plan *plan)
{
    matched->places += places_of(plan, NULL);
    matched->only += plan->only;
    matched->same += plan->same;
    if (matched->example == NULL && plan->example != NULL)
        matched->example = strdup(plan->example);
    return add(&matched->only_hits, plan->only_hits, filter->only.count) &&
           add(&matched->same_hits, plan->same_hits, filter->same.count) &&
           add_places(matched, filter, plan) && (matched->example != NULL || plan->example == NULL);
}

static bool matches_nothing(const struct sweep_matched *matched, const char *option, const char *glob,
                            struct diag *diag)
{
    diag_set(diag, STATUS_USAGE, "%s: got '%s', which matches no trial, expected a glob as of '%s'", option,
             glob, matched->example == NULL ? "PROCESS/CALL:FAULT SITE" : matched->example);
    diag_more(diag, "    --list shows the trials there are");
    return false;
}

/* Those with '!' may leave everything as it is; with the others, they may leave nothing. */
static bool check_globs(const struct sweep_matched *matched, const char *option,
                        const struct sweep_globs *globs, const size_t *hits, size_t meant, struct diag *diag)
{
    char *all = NULL;
    for (size_t i = 0; i < globs->count; i++)
        if (globs->items[i][0] != '!' && hits[i] == 0)
            return matches_nothing(matched, option, globs->items[i], diag);
    for (size_t i = 0; i < globs->count; i++)
        phrase_append(&all, " ", "%s", globs->items[i]);
    bool ok =
        globs->count == 0 || meant > 0 || matches_nothing(matched, option, all == NULL ? "" : all, diag);
    free(all);
    return ok;
}

static bool check_places(const struct sweep_matched *matched, const struct sweep_filter *filter,
                         struct diag *diag)
{
    if (matched->places == 0) {
        diag_set(diag, STATUS_USAGE,
                 "nothing can be tried: no program of it made a call on a socket that was seen");
        diag_more(diag, "    sockfault wrap -- PROG shows whether its calls are seen");
        return false;
    }
    for (size_t i = 0; i < filter->in_count; i++)
        if (matched->in_places[i] == 0) {
            diag_set(diag, STATUS_USAGE, "--in: got '%s', which made no call on a socket that was seen",
                     filter->in[i]);
            return false;
        }
    return true;
}

bool sweep_matched_check(const struct sweep_matched *matched, const struct sweep_filter *filter,
                         struct diag *diag)
{
    return check_places(matched, filter, diag) &&
           check_globs(matched, "--only", &filter->only, matched->only_hits, matched->only, diag) &&
           check_globs(matched, "--same", &filter->same, matched->same_hits, matched->same, diag);
}

void sweep_matched_free(struct sweep_matched *matched)
{
    free(matched->only_hits);
    free(matched->same_hits);
    free(matched->in_places);
    free(matched->example);
}
