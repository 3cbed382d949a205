#include "harness/judge/judging.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct expectation_row {
    struct expectation_info info;
    void (*function)(const struct judging *j);
} rows[] = {
#define EXPECTATION(name, function, help) {{name, help}, function},
#include "harness/judge/expectations.def"
#undef EXPECTATION
};

const struct expectation_info *judge_expectation_at(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i].info : NULL;
}

void judging_fail_at(const struct judging *j, const struct place *place, const char *what, char *expected,
                     char *got)
{
    result_fail(j->result, j->got->name, what, expected, got, place->file, place->line, place->column);
    free(expected);
    free(got);
}

void judging_fail(const struct judging *j, const char *what, char *expected, char *got)
{
    judging_fail_at(j, j->expect->present ? &j->expect->place : &j->process->place, what, expected, got);
}

void judging_verdict(struct result *result, enum verdict verdict, char *reason)
{
    if (!verdict_outweighs(verdict, result->verdict)) {
        free(reason);
        return;
    }
    result->verdict = verdict;
    free(result->reason);
    result->reason = reason;
}

char *judge_ending(const struct process_result *process)
{
    char name[TEXT_SIGNAL_MAX];
    if (!process->started)
        return text_format("not started");
    if (!process->ended)
        return text_format("still running");
    if (process->signal != 0 && process->killed_by_us)
        return text_format("killed by Sockfault");
    if (process->signal != 0)
        return text_format("killed by %s", text_signal(process->signal, name));
    return text_format("status %d", process->status);
}

bool judging_wants_running(const struct judging *j)
{
    if (j->seen->peer != NULL)
        return j->seen->peer->rested;
    if (j->expect->running >= 0)
        return j->expect->running;
    return !j->expect->has_exit && j->expect->signal == 0 && (j->process->service || j->got->stopped_by_us);
}

/* Whether somebody else's trouble kept processes from being started: then they are not to blame. */
static bool has_culprit(const struct observed *observed)
{
    for (size_t i = 0; i < observed->process_count; i++)
        if (observed->processes[i].not_ready != NULL)
            return true;
    return observed->timed_out || observed->hung || observed->spun;
}

static char *ready_text(const struct scenario_process *process)
{
    switch (process->ready) {
    case READY_LISTENING:
        return text_format("ready: listening");
    case READY_STDOUT:
        return text_format("ready: stdout matches %s", process->ready_text);
    case READY_STARTED:
        return text_format("ready: started");
    default:
        return text_format("ready: exit");
    }
}

static void fail_output(const struct judging *j)
{
    const char *streams = j->got->err_cut ? "stderr" : "stdout";
    if (j->got->out_cut && j->got->err_cut)
        streams = "stdout and to stderr";
    judging_fail(
        j, "output",
        text_format("at most %llu bytes (output_limit)", (unsigned long long)j->process->output_limit),
        text_format("more to %s, and was killed", streams));
}

static void fail_memory(const struct judging *j)
{
    judging_fail(
        j, "memory",
        text_format("at most %llu MiB (memory_limit)", (unsigned long long)j->seen->memory_limit >> 20),
        text_format("%s, and was killed", j->got->memory_cut != NULL ? j->got->memory_cut : "more"));
}

/* PASS: it came to its end. */
static enum verdict verdict_of_end(const struct observed *observed)
{
    if (observed->spun)
        return VERDICT_SPIN;
    if (observed->hung)
        return VERDICT_HANG;
    return observed->timed_out ? VERDICT_TIMEOUT : VERDICT_PASS;
}

static bool is_wanted(const struct experiment *experiment, enum verdict verdict)
{
    return experiment->verdict != NULL && strcmp(experiment->verdict, verdict_name(verdict)) == 0;
}

/* What it was ended in the middle of, and nobody wanted it to be. */
static void fail_unended(const struct judging *j)
{
    char limit[TEXT_DURATION_MAX];
    enum verdict verdict = verdict_of_end(j->observed);
    bool late = verdict != VERDICT_HANG && verdict != VERDICT_SPIN;
    const char *waiting = j->got->waiting;
    judging_fail(j, late ? "timeout" : verdict_name(verdict),
                 late ? text_format("over within %s", text_duration(j->observed->timeout_ns, limit))
                      : text_format("over"),
                 waiting != NULL ? text_format("still running: %s", waiting)
                                 : text_format("still running, and in no call the shim knows"));
}

/* Whether the script of a peer did not come to its end; says where, and what is missing. */
static bool judge_peer(const struct judging *j)
{
    const struct peer_outcome *peer = j->seen->peer;
    if (peer == NULL || peer->held || peer->rested)
        return false;
    bool unended = j->seen->killed == KILL_TIMEOUT;
    if (!peer->failed && !unended && !j->got->stopped_by_us)
        return false; /* it died, which is for others to say */
    if (!peer->failed && unended && is_wanted(j->experiment, verdict_of_end(j->observed)))
        return true;
    const char *late = peer->failed        ? ""
                       : !unended          ? "\nand nobody else was left"
                       : j->observed->hung ? "\nwhen nothing could happen any more"
                                           : "\nwhen time was over";
    judging_fail_at(j, &peer->place, peer->what,
                    text_format("%s", peer->expected != NULL ? peer->expected : "the step to be over"),
                    text_format("%s%s", peer->got != NULL ? peer->got : "not over", late));
    return true;
}

/* Whether one thing explains all that this process did and did not do; says that one thing alone. */
static bool explained(const struct judging *j)
{
    if (judge_peer(j))
        return true;
    if (j->seen->not_ready != NULL)
        judging_fail(j, "ready", ready_text(j->process), text_format("%s", j->seen->not_ready));
    else if (!j->got->started) {
        if (!has_culprit(j->observed))
            judging_fail(j, "start", text_format("started"),
                         text_format("not started%s%s", j->seen->not_started != NULL ? ": " : "",
                                     j->seen->not_started != NULL ? j->seen->not_started : ""));
    } else if (j->seen->killed == KILL_OUTPUT)
        fail_output(j);
    else if (j->seen->killed == KILL_MEMORY)
        fail_memory(j);
    else if (j->seen->killed == KILL_TIMEOUT) {
        if (!judging_wants_running(j) && !is_wanted(j->experiment, verdict_of_end(j->observed)))
            fail_unended(j);
    } else
        return false;
    return true;
}

/* Without the shim nothing was injected and nothing seen: no claim can be made. */
static void check_loaded(const struct judging *j)
{
    if (j->process->shim && j->got->started && !j->got->hello && !j->expect->shim_absent)
        judging_verdict(j->result, VERDICT_VOID,
                        text_format("the shim was not loaded into %s (%s)", j->got->name, j->got->command));
}

static void judge_process(const struct judging *j)
{
    check_loaded(j);
    /* A probe is judged by the expectation that asked for it; but a script says itself what did not hold. */
    bool over = j->seen->probe_of >= 0 ? judge_peer(j) : explained(j);
    if (over || j->seen->probe_of >= 0)
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rows[i].function(j);
}

static struct judging look_up(const struct experiment *experiment, const struct observed *observed,
                              struct result *result, size_t i)
{
    const struct observed_process *seen = &observed->processes[i];
    const struct scenario_process *process = &experiment->processes[seen->process];
    return (struct judging){experiment, observed,         result, i,
                            process,    &process->expect, seen,   &result->processes[i]};
}

/* Who still ran and should not have; a service that was to run on is nobody to wait for. */
static char *timeout_reason(const struct experiment *experiment, const struct observed *observed,
                            struct result *result)
{
    char limit[TEXT_DURATION_MAX];
    text_duration(observed->timeout_ns, limit);
    for (size_t i = 0; i < result->process_count && i < observed->process_count; i++) {
        const struct judging j = look_up(experiment, observed, result, i);
        if (j.seen->killed == KILL_TIMEOUT && j.got->waiting != NULL && !judging_wants_running(&j))
            return text_format("not over after %s: %s %s", limit, j.got->name, j.got->waiting);
    }
    return text_format("not over after %s", limit);
}

/* A line for each that got no further; `spins` chooses those that ran, or the others. */
static void add_waits(FILE *to, const struct observed *observed, const struct result *result, bool spins)
{
    for (size_t i = 0; i < result->process_count && i < observed->process_count; i++) {
        const struct process_result *process = &result->processes[i];
        if (process->waiting != NULL && observed->processes[i].spins == spins)
            fprintf(to, "%s%s %s", ftell(to) > 0 ? "\n" : "", process->name, process->waiting);
    }
}

static char *stuck_reason(const struct observed *observed, const struct result *result)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    if (!observed->spun)
        fputs("nothing can happen any more: everybody waits, nothing is in flight, no timeout is set", to);
    add_waits(to, observed, result, true);
    add_waits(to, observed, result, false);
    fclose(to);
    return text;
}

/* The verdict that comes of how it ended; one that was wanted is none. */
static void judge_end(const struct experiment *experiment, const struct observed *observed,
                      struct result *result)
{
    enum verdict verdict = verdict_of_end(observed);
    const struct place *place = &experiment->verdict_place;
    if (is_wanted(experiment, verdict))
        return;
    if (experiment->verdict != NULL)
        result_fail(result, NULL, "verdict", experiment->verdict, verdict_name(verdict), place->file,
                    place->line, place->column);
    if (verdict == VERDICT_TIMEOUT)
        judging_verdict(result, verdict, timeout_reason(experiment, observed, result));
    else if (verdict != VERDICT_PASS)
        judging_verdict(result, verdict, stuck_reason(observed, result));
}

void judge_experiment(const struct experiment *experiment, const struct observed *observed,
                      struct result *result)
{
    if (result->line == 0)
        result->line = experiment->place.line;
    for (size_t i = 0; i < result->process_count && i < observed->process_count; i++) {
        const struct judging j = look_up(experiment, observed, result, i);
        judge_process(&j);
    }
    judge_rules(experiment, observed, result);
    judge_end(experiment, observed, result);
}
