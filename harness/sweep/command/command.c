/* A command's first run: whom it looks for, and how it ends. */
#include "harness/sweep/command/command.h"
#include "harness/phrase.h"
#include "harness/sweep/outcome.h"
#include "harness/sweep/survey/survey.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

/* The first call by which a program may look for somebody; NULL: there is none. */
static const struct survey_call *first_search(const struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        enum call_family family = call_info(survey->calls[i].call)->family;
        bool sends = family == FAMILY_SEND && survey->calls[i].error != 0;
        if (family == FAMILY_CONNECT || family == FAMILY_RESOLVE || sends)
            return &survey->calls[i];
    }
    return NULL;
}

/* A first run being made. */
struct trying {
    const struct command *command;
    const struct run_options *options;
    struct command_facts facts;
    char **notes;
    struct diag *diag;
};

/* Of those that end by themselves there is one. */
static const struct process_result *who_ends(const struct trying *t, const struct result *result)
{
    const char *name = t->command->program.count > 0 ? NULL : "client";
    for (size_t i = 0; i < result->process_count; i++)
        if (name == NULL || strcmp(result->processes[i].name, name) == 0)
            return &result->processes[i];
    return NULL;
}

/* One that did not come to its end, or was not started at all, says so itself. */
static bool is_over(const struct trying *t, const struct result *result)
{
    const struct process_result *process = who_ends(t, result);
    bool ended = result->verdict == VERDICT_PASS || result->verdict == VERDICT_FAIL;
    if (ended && process != NULL && process->ended)
        return true;
    const struct failure *failure = result->failure_count == 0 ? NULL : &result->failures[0];
    bool failed = result->reason == NULL && failure != NULL;
    char *words = failed ? sweep_failure_words(result, failure) : NULL;
    const char *why = failed ? words : result->reason;
    diag_set(t->diag, STATUS_TROUBLE, "%s: without a fault: %s: %s", result->name,
             verdict_title(result->verdict), why == NULL ? "" : why);
    free(words);
    return false;
}

static bool run_once(struct trying *t, struct survey *ret_survey, struct result *ret_result)
{
    struct scenario_set set = {0};
    char *text = NULL;
    bool ok = command_text(t->command, &t->facts, &text, t->diag) &&
              scenario_read_text(t->command->name, text, strlen(text), &set, t->diag) &&
              survey_run(&set.experiments[0], t->options, ret_survey, ret_result, t->diag);
    scenario_set_free(&set);
    free(text);
    return ok;
}

static bool same_ending(const struct trying *t, const struct result *one, const struct result *other)
{
    const struct process_result *a = who_ends(t, one), *b = who_ends(t, other);
    return a != NULL && b != NULL && a->ended == b->ended && a->status == b->status &&
           a->signal == b->signal && a->out_len == b->out_len && memcmp(a->out, b->out, a->out_len) == 0;
}

static bool ended_well(const struct trying *t, const struct result *result)
{
    const struct process_result *process = who_ends(t, result);
    return process != NULL && process->ended && process->status == 0 && process->signal == 0;
}

static void note_machine(struct trying *t, const struct survey_call *search)
{
    phrase_append(
        t->notes, "\n",
        "in the machine's network, since something else comes of %s() at %s there than in one of its own; "
        "whoever answers has to do the same each time (--network)",
        call_info(search->call)->name, search->site);
}

/* Who ends well in its own network misses nobody there. *result is that of the run which is to be measured
 * by. */
static bool choose_network(struct trying *t, const struct survey *survey, struct result *result)
{
    const struct survey_call *search = t->facts.machine ? NULL : first_search(survey);
    struct survey outside = {0};
    struct result there = {0};
    if (search == NULL || t->command->network != COMMAND_NETWORK_UNSAID || ended_well(t, result))
        return true;
    t->facts.machine = true;
    bool ok = run_once(t, &outside, &there);
    t->facts.machine = ok && !same_ending(t, result, &there);
    if (t->facts.machine) {
        struct result own = *result;
        *result = there;
        there = own;
        note_machine(t, search);
    }
    survey_free(&outside);
    result_free(&there);
    return ok;
}

static void warn_of_ending(const struct trying *t)
{
    char signal[TEXT_SIGNAL_MAX];
    if (t->facts.signal != 0)
        phrase_append(t->notes, "\n", "it is ended by %s without a fault",
                      text_signal(t->facts.signal, signal));
    else if (t->facts.status != 0)
        phrase_append(t->notes, "\n",
                      "it ends with status %d without a fault: that it fails under one cannot be told by it",
                      t->facts.status);
}

bool command_scenario(const struct command *command, const struct run_options *options, char **ret,
                      char **ret_notes, struct diag *diag)
{
    struct trying t = {.command = command, .options = options, .notes = ret_notes, .diag = diag};
    struct survey survey = {0};
    struct result result = {0};
    *ret_notes = NULL;
    t.facts.machine = command->network == COMMAND_NETWORK_MACHINE;
    bool ok = run_once(&t, &survey, &result) && choose_network(&t, &survey, &result) && is_over(&t, &result);
    if (ok) {
        t.facts.status = who_ends(&t, &result)->status;
        t.facts.signal = who_ends(&t, &result)->signal;
        warn_of_ending(&t);
    }
    survey_free(&survey);
    result_free(&result);
    return ok && command_text(command, &t.facts, ret, diag);
}
