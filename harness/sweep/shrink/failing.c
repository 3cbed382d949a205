#include "harness/sweep/shrink/failing.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

/* Rules are what is left out. */
static bool is_of_rule(const struct failure *failure)
{
    return strncmp(failure->what, "rule", 4) == 0;
}

static const struct process_result *process_of(const struct result *result, const char *name)
{
    for (size_t i = 0; name != NULL && i < result->process_count; i++)
        if (strcmp(result->processes[i].name, name) == 0)
            return &result->processes[i];
    return NULL;
}

static bool ended_by_itself(const struct process_result *process)
{
    return process != NULL && process->ended && !process->stopped_by_us && !process->killed_by_us;
}

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

static char *failure_words(const struct failure *failure)
{
    return text_format("%s%s%s: expected %s, got %s", or_nothing(failure->process),
                       failure->process == NULL ? "" : ": ", failure->what, or_nothing(failure->expected),
                       or_nothing(failure->got));
}

bool failing_find(const struct result *result, struct failing *ret)
{
    const struct failure *failure = NULL;
    *ret = (struct failing){.verdict = result->verdict};
    if (verdict_class(result->verdict) != VERDICT_FAILED)
        return false;
    for (size_t i = 0; failure == NULL && i < result->failure_count; i++)
        if (!is_of_rule(&result->failures[i]))
            failure = &result->failures[i];
    if (failure == NULL) {
        ret->words = text_format("%s: %s", verdict_title(result->verdict), or_nothing(result->reason));
        return result->verdict != VERDICT_FAIL && ret->words != NULL;
    }
    const struct process_result *process = process_of(result, failure->process);
    ret->process = copy(failure->process);
    ret->what = strdup(failure->what);
    ret->words = failure_words(failure);
    ret->ended = ended_by_itself(process);
    ret->signal = ret->ended ? process->signal : 0;
    ret->status = ret->ended ? process->status : 0;
    return ret->what != NULL && ret->words != NULL;
}

void failing_free(struct failing *failing)
{
    free(failing->process);
    free(failing->what);
    free(failing->words);
    *failing = (struct failing){0};
}

static bool is_the_one(const struct failing *failing, const struct failure *failure)
{
    return strcmp(or_nothing(failing->process), or_nothing(failure->process)) == 0 &&
           strcmp(failing->what, failure->what) == 0;
}

static bool ended_so(const struct failing *failing, const struct process_result *process)
{
    bool ended = ended_by_itself(process);
    return ended == failing->ended &&
           (!ended || (process->signal == failing->signal && process->status == failing->status));
}

bool failing_same(const struct failing *failing, const struct result *result)
{
    if (result->verdict != failing->verdict)
        return false;
    if (failing->what == NULL)
        return true;
    for (size_t i = 0; i < result->failure_count; i++)
        if (is_the_one(failing, &result->failures[i]))
            return ended_so(failing, process_of(result, failing->process));
    return false;
}
