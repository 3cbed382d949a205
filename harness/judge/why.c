/*
 * Why a rule did not fire. "Did it do anything?" is what everybody asks of fault injection; so the answer
 * goes down the steps a decision takes: was there such a process, such a call, such a socket; was it its
 * turn; was it legal.
 */
#include "harness/judge/judging.h"
#include "harness/judge/trace_scan.h"
#include "harness/judge/unmatched.h"
#include "harness/text.h"
#include "shim/model/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct why {
    const struct experiment *experiment;
    const struct observed *observed;
    const struct result *result;
    const struct scenario_fault *fault;
    const struct rule *rule; /* with its variables replaced */
    const struct rule_result *count;
    const char *who; /* the process it speaks of, for messages */
    FILE *to;
};

static const struct rule *rule_in_force(const struct scenario_fault *fault, const struct board *board,
                                        size_t i)
{
    return fault->dynamic && board != NULL && i < board_rules(board) ? &board->rules[i] : &fault->rule;
}

static bool concerns(const struct why *why, const struct observed_process *seen)
{
    const char *name = why->experiment->processes[seen->process].name;
    const char *wanted = why->fault->rule.process;
    return seen->probe_of < 0 && (wanted[0] == '\0' || strncmp(wanted, name, RULE_PROCESS_MAX - 1) == 0);
}

/* Instances that share a role share its counts: each role counts once. */
static bool counted_before(const struct why *why, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (concerns(why, &why->observed->processes[before]) &&
            why->observed->processes[before].role == why->observed->processes[i].role)
            return true;
    return false;
}

/* How often all processes the rule speaks of made each call. Returns how many of those processes were
 * started. */
static unsigned int count_calls(const struct why *why, uint64_t calls[CALL_COUNT])
{
    unsigned int started = 0;
    memset(calls, 0, CALL_COUNT * sizeof *calls);
    for (size_t i = 0; i < why->observed->process_count; i++) {
        const struct observed_process *seen = &why->observed->processes[i];
        if (!concerns(why, seen) || !why->result->processes[i].started)
            continue;
        started++;
        for (int id = 0; id < CALL_COUNT && !counted_before(why, i); id++)
            calls[id] += seen->counts.calls[id];
    }
    return started;
}

static bool in_families_of(const struct rule *rule, enum call_family family)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_set_has(&rule->calls, (enum call_id)id) && call_info((enum call_id)id)->family == family)
            return true;
    return false;
}

/* Who says `recv` of a program that reads gets told so. Returns whether there was such a call. */
static bool write_relatives(const struct why *why, const uint64_t calls[CALL_COUNT])
{
    bool any = false;
    for (int id = 0; id < CALL_COUNT; id++) {
        const struct call_info *info = call_info((enum call_id)id);
        if (calls[id] == 0 || call_set_has(&why->rule->calls, (enum call_id)id) ||
            !in_families_of(why->rule, info->family))
            continue;
        fprintf(why->to, "%s%s %llu", any ? ", " : ", but ", info->name, (unsigned long long)calls[id]);
        any = true;
    }
    return any;
}

static void write_no_call(const struct why *why, const uint64_t calls[CALL_COUNT])
{
    fprintf(why->to, "never: %s made no such call", why->who);
    if (write_relatives(why, calls))
        return;
    const char *separator = "; it made ";
    for (int id = 0; id < CALL_COUNT; id++)
        if (calls[id] > 0) {
            fprintf(why->to, "%s%s %llu", separator, call_info((enum call_id)id)->name,
                    (unsigned long long)calls[id]);
            separator = ", ";
        }
    if (separator[0] == ';')
        fputs(", and no other call the shim knows", why->to);
}

/* The trace of the calls the rule speaks of. */
static struct trace_scan scan(const struct why *why)
{
    uint64_t roles = 0;
    for (size_t i = 0; i < why->observed->process_count; i++) {
        const struct observed_process *seen = &why->observed->processes[i];
        if (concerns(why, seen) && seen->role >= 0 && seen->role < BOARD_ROLES)
            roles |= UINT64_C(1) << seen->role;
    }
    return trace_scan(why->observed->board, why->rule, roles);
}

static void write_fds(FILE *to, const struct trace_scan *seen)
{
    for (size_t i = 0; i < seen->fd_count; i++)
        fprintf(to, "%s%d", i == 0 ? " (they were on " : ", ", seen->fds[i]);
    fputs(seen->fd_count == 0 ? "" : seen->more_fds ? " and others)" : ")", to);
}

static void write_peers(FILE *to, const struct trace_scan *seen)
{
    char text[160];
    for (size_t i = 0; i < seen->peer_count; i++)
        fprintf(to, "%s%s", i == 0 ? " (there were " : ", ",
                endpoint_text(&seen->peers[i], text, sizeof text));
    fputs(seen->peer_count == 0 ? "" : seen->more_peers ? " and others)" : ")", to);
}

/* How many connections the processes it speaks of have made and accepted. */
static uint64_t count_connections(const struct why *why)
{
    const struct observed *observed = why->observed;
    uint64_t connections = 0;
    for (size_t i = 0; i < observed->process_count && observed->board != NULL; i++) {
        int role = observed->processes[i].role;
        if (role >= 0 && role < BOARD_ROLES && concerns(why, &observed->processes[i]) &&
            !counted_before(why, i))
            connections += atomic_load(&observed->board->roles[role].connections);
    }
    return connections;
}

/* There were such calls, and yet the rule matched none: which selector kept them away? */
static void write_no_match(const struct why *why, uint64_t made)
{
    const struct rule *rule = why->rule;
    struct trace_scan seen = scan(why);
    char peer[160];
    fprintf(why->to, "never: of %llu such call%s", (unsigned long long)made, made == 1 ? "" : "s");
    bool fd = rule->fd >= 0 && !seen.fd_matched, address = rule->has_peer && !seen.peer_matched;
    if (fd) {
        fprintf(why->to, " none was on descriptor %d", rule->fd);
        write_fds(why->to, &seen);
    }
    if (address) {
        fprintf(why->to, "%s none had peer %s", fd ? ", and" : "",
                endpoint_text(&rule->peer, peer, sizeof peer));
        write_peers(why->to, &seen);
    }
    if (fd || address)
        return;
    fputs(" none matched", why->to);
    if (!unmatched_selectors(why->to, rule, count_connections(why)))
        fputs(unmatched_otherwise(rule), why->to);
}

/* It matched and was never refused: why was it never its turn? */
static void write_no_turn(const struct why *why)
{
    const struct rule *rule = why->rule;
    unsigned long long matched = why->count->matched;
    struct trace_scan seen = scan(why);
    fprintf(why->to, "never: %llu call%s matched, ", matched, matched == 1 ? "" : "s");
    if (rule->when_first > matched)
        fprintf(why->to, "and `when` begins with number %llu", (unsigned long long)rule->when_first);
    else if (rule->fault == FAULT_SHORT && rule->amount_kind == AMOUNT_BYTES && seen.asked_most >= 0 &&
             (uint64_t)seen.asked_most <= rule->amount)
        fprintf(why->to, "but none asked for more than %lld byte%s", (long long)seen.asked_most,
                seen.asked_most == 1 ? "" : "s");
    else if (rule->when_first > 1 && rule->scope != SCOPE_ALL)
        fprintf(why->to, "but not %llu in one %s, which is what `when` counts",
                (unsigned long long)rule->when_first, scope_name((enum rule_scope)rule->scope));
    else if (rule->chance_ppm < 1000000)
        fprintf(why->to, "and chance=%g%% chose none of them (another seed may)",
                (double)rule->chance_ppm / 10000);
    else if (rule->fault == FAULT_RATE)
        fputs("but none came before its time: it was never that fast", why->to);
    else if (seen.taken)
        fputs("but a rule before this one took them", why->to);
    else
        fputs("but the fault would have changed nothing there", why->to);
}

static void write_refusals(const struct why *why)
{
    if (why->count->refused == 1)
        fputs("refused once", why->to);
    else
        fprintf(why->to, "refused %llu times", (unsigned long long)why->count->refused);
    fprintf(why->to, ": %s", why->count->refused_why == NULL ? "not legal there" : why->count->refused_why);
}

static void write_never(const struct why *why)
{
    uint64_t calls[CALL_COUNT], made = 0;
    unsigned int started = count_calls(why, calls);
    for (int id = 0; id < CALL_COUNT; id++)
        made += call_set_has(&why->rule->calls, (enum call_id)id) ? calls[id] : 0;
    uint32_t starter = why->fault->started_by;
    if (starter > 0 && why->result->rules[starter - 1].fired == 0) {
        fprintf(why->to, "never: it begins once fault %u has fired, and that did not", starter);
    } else if (why->count->refused > 0) {
        fputs("never: ", why->to);
        write_refusals(why);
    } else if (why->count->matched > 0)
        write_no_turn(why);
    else if (started == 0)
        fprintf(why->to, "never: %s was not started", why->who);
    else if (made == 0)
        write_no_call(why, calls);
    else
        write_no_match(why, made);
}

char *judge_why(const struct experiment *experiment, const struct observed *observed,
                const struct result *result, size_t rule)
{
    const struct scenario_fault *fault = &experiment->faults[rule];
    const struct rule_result *count = &result->rules[rule];
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    struct why why = {
        .experiment = experiment,
        .observed = observed,
        .result = result,
        .fault = fault,
        .rule = rule_in_force(fault, observed->board, rule),
        .count = count,
        .who = fault->rule.process[0] != '\0' ? fault->rule.process : "the scenario",
        .to = to,
    };
    if (count->fired == 0) {
        write_never(&why);
    } else {
        fprintf(to, "%llu of %llu that matched%s", (unsigned long long)count->fired,
                (unsigned long long)count->matched, count->refused > 0 ? "; " : "");
        if (count->refused > 0)
            write_refusals(&why);
    }
    fclose(to);
    return text;
}
