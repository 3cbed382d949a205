#include "harness/cli/wrap.h"
#include "shim/model/legal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static uint64_t sum_calls(const struct board *board, uint64_t *ret_connections)
{
    uint64_t calls = 0, connections = 0;
    for (size_t i = 0; i < BOARD_ROLES; i++) {
        for (size_t call = 0; call < CALL_COUNT; call++)
            calls += atomic_load(&board->roles[i].calls[call]);
        connections += atomic_load(&board->roles[i].connections);
    }
    *ret_connections = connections;
    return calls;
}

static bool role_seen(const struct board *board, const char *name)
{
    for (size_t i = 0; i < BOARD_ROLES; i++)
        if (atomic_load(&board->roles[i].state) == 2 &&
            strncmp(board->roles[i].name, name, sizeof board->roles[i].name) == 0)
            return true;
    return false;
}

static const char *why_refused(const struct board_rule_count *count)
{
    uint32_t why = atomic_load(&count->refused_why);
    if (why == 0 || why > CONDITION_COUNT)
        return "the kernel never does that there";
    return condition_lack((enum condition_bit)(why - 1));
}

static bool always(const struct rule *rule)
{
    return rule->when_first == 1 && rule->when_last == UINT64_MAX && rule->when_step == 1;
}

/* Calls matched, none was refused, and yet it did nothing: as far as that can be known without having watched
 * each. */
static const char *why_not_then(const struct rule *rule, uint64_t matched, bool first)
{
    if (rule->when_first > matched)
        return "and 'when' begins later";
    if (rule->chance_ppm < 1000000)
        return "and 'chance' chose none of them (another --seed may)";
    if (!always(rule))
        return "and none of them was one that 'when' names";
    if (rule->fault == FAULT_SHORT && first)
        return "and none of them asked for more bytes than that";
    return "and a rule before this one took them, or it would have changed nothing";
}

/* Why a rule did nothing. */
static void print_idle(FILE *to, const struct board *board, const struct rule *rules, uint32_t i)
{
    const struct rule *rule = &rules[i];
    const struct board_rule_count *count = &board->counts[i];
    uint64_t matched = atomic_load(&count->matched), refused = atomic_load(&count->refused);
    if (refused > 0)
        fprintf(to, "refused %llu time%s (%s)", (unsigned long long)refused, plural(refused),
                why_refused(count));
    else if (matched > 0)
        fprintf(to, "%llu call%s matched, %s", (unsigned long long)matched, plural(matched),
                why_not_then(rule, matched, i == 0));
    else if (rule->process[0] != '\0' && !role_seen(board, rule->process))
        fprintf(to, "no program '%s' was seen", rule->process);
    else
        fputs("no call matched (--trace shows what it calls)", to);
}

static void print_rule(FILE *to, const struct board *board, const struct rule *rules, uint32_t i)
{
    const struct board_rule_count *count = &board->counts[i];
    uint64_t fired = atomic_load(&count->fired), refused = atomic_load(&count->refused);
    uint64_t forced = atomic_load(&count->forced);
    fprintf(to, "; rule %u '%s' ", i + 1, rules[i].text);
    if (fired == 0) {
        fputs("did nothing: ", to);
        print_idle(to, board, rules, i);
        return;
    }
    fprintf(to, "fired %llu time%s", (unsigned long long)fired, plural(fired));
    if (forced > 0)
        fprintf(to, " (%llu forced)", (unsigned long long)forced);
    if (refused > 0)
        fprintf(to, ", refused %llu (%s)", (unsigned long long)refused, why_refused(count));
}

/*
 * Counts come from the board; the rules are our own, since the program could write to those there. Rules that
 * had to fire and did not are told by wrap_idle_rules.
 */
static void write_summary(FILE *to, const struct board *board, const struct wrap_command *command,
                          uint64_t trace_lost)
{
    uint64_t connections, calls = sum_calls(board, &connections), lost = atomic_load(&board->counters_lost);
    bool all_seen = command->trace || command->rule_count == 0;
    fprintf(to, "sockfault: %llu call%s%s, %llu connection%s", (unsigned long long)calls, plural(calls),
            all_seen ? "" : " looked at", (unsigned long long)connections, plural(connections));
    for (uint32_t i = 0; i < command->rule_count; i++)
        if (!command->require_fired || atomic_load(&board->counts[i].fired) > 0)
            print_rule(to, board, command->rules, i);
    if (lost > 0)
        fprintf(to, "; %llu counts did not fit on the board: 'when' was not exact", (unsigned long long)lost);
    if (trace_lost > 0)
        fprintf(to, "; %llu lines of the trace were lost: the program was faster",
                (unsigned long long)trace_lost);
    fputc('\n', to);
}

void wrap_summary(const struct board *board, const struct wrap_command *command, uint64_t trace_lost)
{
    char *line = NULL;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    if (to == NULL)
        return;
    write_summary(to, board, command, trace_lost);
    /* In one piece: others may write there too. */
    if (fclose(to) == 0)
        fputs(line, stderr);
    free(line);
}

bool wrap_idle_rules(const struct board *board, const struct wrap_command *command)
{
    bool any = false;
    for (uint32_t i = 0; i < command->rule_count; i++) {
        if (atomic_load(&board->counts[i].fired) > 0)
            continue;
        fprintf(stderr,
                "--fault#%d:1:1: error: got '%s' fired 0 times, expected at least 1: ", command->origins[i],
                command->rules[i].text);
        print_idle(stderr, board, command->rules, i);
        fputc('\n', stderr);
        any = true;
    }
    return any;
}
