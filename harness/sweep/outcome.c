#include "harness/sweep/outcome.h"
#include "harness/judge/judge.h"
#include "harness/memory/memory.h"
#include "harness/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A judgement in the making. */
struct judgement {
    const struct sweep_measure *measure;
    const struct result *result;
    bool service_ended; /* by itself: then nobody can be served, which is said already */
    struct sweep_seen seen;
};

/* Something that is true; the worst stays, and of two equally bad ones the first. Takes `words`. */
static void see(struct judgement *j, enum sweep_outcome outcome, const struct scenario_process *process,
                char *words)
{
    if (outcome <= j->seen.outcome) {
        free(words);
        return;
    }
    free(j->seen.words);
    j->seen = (struct sweep_seen){outcome, process == NULL ? NULL : process->name, words};
}

/* A process of the scenario and what came of it, with the fault and without. */
struct pair {
    const struct scenario_process *process;
    const struct process_result *got, *without;
};

static const struct scenario_process *process_of(const struct experiment *experiment, const char *name)
{
    size_t len = strcspn(name, "#");
    for (size_t i = 0; i < experiment->process_count; i++)
        if (strlen(experiment->processes[i].name) == len &&
            strncmp(experiment->processes[i].name, name, len) == 0)
            return &experiment->processes[i];
    return NULL;
}

/* The service there is; NULL: there is none, or several. */
static const struct scenario_process *only_service(const struct experiment *experiment)
{
    const struct scenario_process *only = NULL;
    for (size_t i = 0; i < experiment->process_count; i++) {
        const struct scenario_process *process = &experiment->processes[i];
        if (process->service && only != NULL)
            return NULL;
        only = process->service ? process : only;
    }
    return only;
}

static bool is_probe(const char *name)
{
    const char *number = strchr(name, '#');
    return number != NULL && strcmp(number, "#next") == 0;
}

/* "stdout "h", without the fault "hello\n"" */
static char *output_words(const struct pair *p)
{
    enum { SHOWN = 60 };
    size_t got = p->got->out_len < SHOWN ? p->got->out_len : SHOWN;
    size_t without = p->without->out_len < SHOWN ? p->without->out_len : SHOWN;
    char *ending = judge_ending(p->got), *one = text_escaped(p->got->out, got, true);
    char *other = text_escaped(p->without->out, without, true);
    char *words =
        text_format("%s: %s, standard output %s%s; without the fault %s%s", p->got->name, ending, one,
                    got < p->got->out_len ? "..." : "", other, without < p->without->out_len ? "..." : "");
    free(ending);
    free(one);
    free(other);
    return words;
}

char *sweep_last_words(const struct process_result *process)
{
    const char *last = process->err;
    size_t len = process->err_len;
    while (len > 0 && (last[len - 1] == '\n' || last[len - 1] == '\r'))
        len--;
    const char *line = len == 0 ? NULL : memrchr(last, '\n', len);
    last = line == NULL ? last : line + 1;
    return len == 0 ? NULL : text_escaped(last, (size_t)(process->err + len - last), true);
}

/* "client: status 1, where it was status 0: recv: Connection reset by peer" */
static char *ending_words(const struct pair *p)
{
    char *got = judge_ending(p->got), *without = judge_ending(p->without);
    char *said = sweep_last_words(p->got);
    const char *waiting = p->got->waiting;
    char *words = text_format("%s: %s%s%s; without the fault %s%s%s", p->got->name, got,
                              waiting == NULL ? "" : ": it ", waiting == NULL ? "" : waiting, without,
                              said == NULL ? "" : "; it said ", said == NULL ? "" : said);
    free(got);
    free(without);
    free(said);
    return words;
}

static bool same_output(const struct pair *p)
{
    return p->got->out_len == p->without->out_len &&
           memcmp(p->got->out, p->without->out, p->got->out_len) == 0;
}

/*
 * How much of an output can be compared with a longer one. Of a long one the middle is left out
 * (result_to_json); and where a character was cut in two at the end, U+FFFD stands instead.
 */
static size_t comparable(const char *out, size_t len)
{
    enum { KEPT_WHOLE = 64 * 1024, KEPT_HEAD = 32 * 1024 - 4 };
    if (len > KEPT_WHOLE)
        return KEPT_HEAD;
    for (int bytes = 0; bytes < 3 && len >= 3 && memcmp(out + len - 3, "\xef\xbf\xbd", 3) == 0; bytes++)
        len -= 3;
    return len;
}

static bool ends_early(const struct pair *p)
{
    size_t got = comparable(p->got->out, p->got->out_len);
    size_t without = p->without->out_len > p->got->out_len ? comparable(p->without->out, p->without->out_len)
                                                           : p->without->out_len;
    if (p->got->out_len > p->without->out_len)
        return false;
    return memcmp(p->got->out, p->without->out, got < without ? got : without) == 0;
}

static bool same_ending(const struct pair *p)
{
    return p->got->started == p->without->started && p->got->status == p->without->status &&
           p->got->signal == p->without->signal && p->got->stopped_by_us == p->without->stopped_by_us;
}

/* A signal that neither we sent nor ended it without the fault. */
static bool has_crashed(const struct pair *p)
{
    bool script = p->process != NULL && p->process->peer != NULL; /* which nobody but us ends */
    return !script && p->got->signal != 0 && !p->got->killed_by_us && p->got->signal != p->without->signal;
}

/* A service that was to run on and did not. One that has not begun to serve may refuse to, and say so. */
static void judge_gone(struct judgement *j, const struct pair *p)
{
    bool refused = j->measure->starting && p->got->status > 0;
    j->service_ended = true;
    see(j, refused ? SWEEP_GRACEFUL : SWEEP_SERVER_GONE, p->process, ending_words(p));
}

/* How many descriptors more than in the end without the fault, which before the first wait were not there. */
static int leaked(const struct pair *p)
{
    if (p->got->fds_before < 0 || p->got->fds_after < 0 || p->without->fds_after < 0)
        return 0;
    int grown = p->got->fds_after - p->got->fds_before, more = p->got->fds_after - p->without->fds_after;
    return grown < more ? grown : more;
}

static void judge_leaks(struct judgement *j, const struct pair *p)
{
    enum { BOTH_SIDES = 2 }; /* of a proxy */
    if (leaked(p) > (j->measure->silenced ? BOTH_SIDES : 0))
        see(j, SWEEP_FD_LEAK, p->process,
            text_format("%s: %d descriptors at the end, %d when it first waited", p->got->name,
                        p->got->fds_after, p->got->fds_before));
    if (p->got->zombies > 0 && p->got->zombies > p->without->zombies)
        see(j, SWEEP_ZOMBIE, p->process,
            text_format("%s: %d ended child%s not waited for", p->got->name, p->got->zombies,
                        p->got->zombies == 1 ? "" : "ren"));
}

static void judge_service(struct judgement *j, const struct pair *p)
{
    if (p->got->ended && !p->got->stopped_by_us && p->without->stopped_by_us)
        judge_gone(j, p);
    else if (!p->got->kept && !same_ending(p)) /* of one that lives on the end is seen by another */
        see(j, p->got->killed_by_us ? SWEEP_HANG : SWEEP_GRACEFUL, p->process, ending_words(p));
    judge_leaks(j, p);
}

/* Of a process that comes to its end. Success is said by the status it has without the fault. */
static void judge_program(struct judgement *j, const struct pair *p)
{
    bool same = same_ending(p);
    if (same ? !same_output(p) : !ends_early(p))
        see(j, SWEEP_WRONG_OUTPUT, p->process, output_words(p));
    else if (!same)
        see(j, SWEEP_GRACEFUL, p->process, ending_words(p));
}

/* So many calls, and so many times those without the fault, are made by who gets nowhere with them. */
enum { CALLS_ALWAYS = 4000, CALLS_TIMES = 20 };

static bool runs_wild(const struct pair *p)
{
    return p->process->peer == NULL && p->got->calls > CALLS_ALWAYS + CALLS_TIMES * p->without->calls;
}

/* Whether one starts after the other has, by way of somebody who has ended by then. */
static bool is_later(const struct experiment *experiment, const struct scenario_process *process,
                     const struct scenario_process *earlier, bool ended)
{
    for (size_t i = 0; i < process->after_count; i++) {
        const struct scenario_process *before = &experiment->processes[process->after[i]];
        bool now = ended || before->ready == READY_EXIT;
        if ((now && before == earlier) || is_later(experiment, before, earlier, now))
            return true;
    }
    return false;
}

/* Whether it is another run of the program that the fault befalls, which comes after that one; who is late
 * may not have ended by then. */
static bool is_next_run(const struct judgement *j, const struct scenario_process *process)
{
    const struct experiment *experiment = j->measure->experiment;
    const struct rule *rule =
        experiment->fault_count == 0 ? NULL : &experiment->faults[experiment->fault_count - 1].rule;
    const struct scenario_process *befallen =
        rule == NULL || rule->fault == FAULT_DELAY ? NULL : process_of(experiment, rule->process);
    return befallen != NULL && befallen != process && befallen->run_count > 0 && process->run_count > 0 &&
           strcmp(befallen->run[0], process->run[0]) == 0 && is_later(experiment, process, befallen, false);
}

/* It was ended for that, and all else comes of it. */
static void judge_hoard(struct judgement *j, const struct pair *p)
{
    j->service_ended = j->service_ended || p->process->service;
    see(j, SWEEP_MEMORY, p->process,
        text_format("%s: it had %s; without the fault %" PRIu64 " MiB at most", p->got->name,
                    p->got->memory_cut, p->without->memory_peak >> 20));
}

/* The first memory error that there is not without the fault; its length, 0: there is none. */
static size_t new_memory_error(const struct pair *p, const char **ret)
{
    for (const char *line = p->got->memory; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        *ret = line;
        if (!memory_knows(p->without->memory, line, len))
            return len;
        line += len + (line[len] == '\n');
    }
    return 0;
}

static void judge_memory(struct judgement *j, const struct pair *p)
{
    const char *line = NULL;
    int len = (int)new_memory_error(p, &line);
    char *ending = len == 0 ? NULL : judge_ending(p->got);
    if (len > 0)
        see(j, SWEEP_MEMORY_ERROR, p->process, text_format("%s: %.*s; %s", p->got->name, len, line, ending));
    free(ending);
}

static void judge_process(struct judgement *j, const struct pair *p)
{
    if (runs_wild(p))
        see(j, SWEEP_SPIN, p->process,
            text_format("%s: %" PRIu64 " calls; without the fault %" PRIu64, p->got->name, p->got->calls,
                        p->without->calls));
    if (p->got->memory_cut != NULL) {
        judge_hoard(j, p);
        return;
    }
    if (p->got->started && !p->got->kept && is_next_run(j, p->process) && !same_ending(p))
        see(j, SWEEP_NEXT_FAILS, p->process, ending_words(p));
    if (has_crashed(p))
        see(j, SWEEP_CRASH, p->process, ending_words(p));
    if (p->got->killed_by_us && (p->got->out_cut || p->got->err_cut))
        see(j, SWEEP_WRONG_OUTPUT, p->process, text_format("%s: it writes on and on", p->got->name));
    else if (p->process->peer != NULL && !same_ending(p)) /* what reaches a script is a program's doing */
        see(j, SWEEP_GRACEFUL, p->process, ending_words(p));
    else if (p->process->service && p->process->peer == NULL)
        judge_service(j, p);
    else if (p->process->peer == NULL)
        judge_program(j, p);
}

static const struct process_result *find(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->process_count; i++)
        if (strcmp(result->processes[i].name, name) == 0)
            return &result->processes[i];
    return NULL;
}

char *sweep_failure_words(const struct result *result, const struct failure *failure)
{
    const struct process_result *process = failure->process == NULL ? NULL : find(result, failure->process);
    char *said = process == NULL ? NULL : sweep_last_words(process);
    char *words =
        text_format("%s%s%s: expected %s, got %s%s%s", failure->process == NULL ? "" : failure->process,
                    failure->process == NULL ? "" : ": ", failure->what, failure->expected, failure->got,
                    said == NULL ? "" : "; it said ", said == NULL ? "" : said);
    free(said);
    return words;
}

static void judge_processes(struct judgement *j, bool probes)
{
    for (size_t i = 0; i < j->result->process_count; i++) {
        const struct process_result *got = &j->result->processes[i];
        struct pair pair = {process_of(j->measure->experiment, got->name), got,
                            find(j->measure->without, got->name)};
        if (pair.process == NULL || pair.without == NULL || is_probe(got->name) != probes)
            continue;
        judge_memory(j, &pair);
        if (!probes)
            judge_process(j, &pair);
        else if (!same_ending(&pair) || !same_output(&pair))
            see(j, SWEEP_NEXT_NOT_SERVED, only_service(j->measure->experiment), ending_words(&pair));
    }
}

/* Who is to blame for time that goes by: the first that should have come to its end. */
static const struct scenario_process *who_waits(const struct judgement *j)
{
    for (size_t i = 0; i < j->result->process_count; i++) {
        const struct process_result *got = &j->result->processes[i];
        const struct scenario_process *process = process_of(j->measure->experiment, got->name);
        if (got->waiting != NULL && process != NULL && !process->service && process->peer == NULL)
            return process;
    }
    return NULL;
}

/* The first line of a hang's reason says that it is one. */
static char *reason_words(const struct result *result)
{
    const char *reason = result->reason == NULL ? "" : result->reason;
    const char *more = result->verdict == VERDICT_HANG ? strchr(reason, '\n') : NULL;
    return strdup(more == NULL ? reason : more + 1);
}

static void judge_verdict(struct judgement *j)
{
    if (j->result->verdict == VERDICT_HANG)
        see(j, SWEEP_HANG, who_waits(j), reason_words(j->result));
    else if (j->result->verdict == VERDICT_SPIN)
        see(j, SWEEP_SPIN, who_waits(j), reason_words(j->result));
    else if (j->result->verdict == VERDICT_TIMEOUT)
        see(j, SWEEP_TIMEOUT, who_waits(j), reason_words(j->result));
}

/* Whether it says nothing about the programs. */
static bool judge_rule(struct judgement *j)
{
    enum verdict_class class = verdict_class(j->result->verdict);
    const struct rule_result *rule =
        j->result->rule_count == 0 ? NULL : &j->result->rules[j->result->rule_count - 1];
    if (class == VERDICT_TROUBLE || class == VERDICT_SKIPPED)
        see(j, SWEEP_TROUBLE, NULL, reason_words(j->result));
    else if (rule == NULL)
        see(j, SWEEP_TROUBLE, NULL, strdup("it was not told what the rule did"));
    else if (rule->fired == 0 && rule->refused > 0)
        see(j, SWEEP_REFUSED, NULL, strdup(rule->refused_why == NULL ? "" : rule->refused_why));
    else if (rule->fired == 0)
        see(j, SWEEP_NOT_FIRED, NULL, NULL);
    return j->seen.outcome != SWEEP_SAME;
}

static bool is_ended_early(const struct result *result)
{
    return result->verdict == VERDICT_HANG || result->verdict == VERDICT_SPIN ||
           result->verdict == VERDICT_TIMEOUT;
}

/* What is ended in the middle has no result; only who died before that tells something. */
static void judge_crashes(struct judgement *j)
{
    for (size_t i = 0; i < j->result->process_count; i++) {
        const struct process_result *got = &j->result->processes[i];
        struct pair pair = {process_of(j->measure->experiment, got->name), got,
                            find(j->measure->without, got->name)};
        if (pair.without != NULL && has_crashed(&pair))
            see(j, SWEEP_CRASH, pair.process, ending_words(&pair));
        if (pair.without != NULL && pair.process != NULL)
            judge_memory(j, &pair);
    }
}

static void judge_programs(struct judgement *j)
{
    judge_verdict(j);
    if (is_ended_early(j->result)) {
        judge_crashes(j);
        return;
    }
    judge_processes(j, false);
    if (!j->service_ended)
        judge_processes(j, true);
}

struct sweep_seen sweep_judge(const struct sweep_measure *measure, const struct result *result)
{
    struct judgement j = {.measure = measure, .result = result};
    if (!judge_rule(&j))
        judge_programs(&j);
    return j.seen;
}

struct sweep_seen sweep_compare(const struct sweep_measure *measure, const struct result *result)
{
    struct judgement j = {.measure = measure, .result = result};
    judge_programs(&j);
    return j.seen;
}

void sweep_seen_free(struct sweep_seen *seen)
{
    free(seen->words);
    *seen = (struct sweep_seen){0};
}
