#include "harness/cli/wrap.h"
#include "harness/judge/unmatched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static bool role_seen(const struct board *board, const char *name)
{
    for (size_t i = 0; i < BOARD_ROLES; i++)
        if (atomic_load(&board->roles[i].state) == 2 &&
            strncmp(board->roles[i].name, name, sizeof board->roles[i].name) == 0)
            return true;
    return false;
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
    if (rule->fault == FAULT_RATE)
        return "and none came before its time: it was never that fast";
    return first ? "and it would have changed nothing there"
                 : "and a rule before this one took them, or it would have changed nothing";
}

/* What the programs the rule speaks of have done: how many such calls, on how many connections. */
static uint64_t count_made(const struct board *board, const struct rule *rule, uint64_t *ret_connections)
{
    uint64_t made = 0;
    *ret_connections = 0;
    for (size_t i = 0; i < BOARD_ROLES; i++) {
        const struct board_role *role = &board->roles[i];
        if (atomic_load(&role->state) != 2 ||
            (rule->process[0] != '\0' && strncmp(role->name, rule->process, sizeof role->name) != 0))
            continue;
        *ret_connections += atomic_load(&role->connections);
        for (int id = 0; id < CALL_COUNT; id++)
            made += call_set_has(&rule->calls, (enum call_id)id) ? atomic_load(&role->calls[id]) : 0;
    }
    return made;
}

/* Nothing matched. Of a rule that came later it is not known which calls it was there for. */
static void print_unmatched(FILE *to, const struct board *board, const struct rule *rule, bool late)
{
    uint64_t connections, made = count_made(board, rule, &connections);
    if (made == 0 || late) {
        fprintf(to, "no %s (--trace shows what it calls)", late ? "call matched" : "such call was made");
        return;
    }
    fprintf(to, "of %llu such call%s none matched", (unsigned long long)made, plural(made));
    if (!unmatched_selectors(to, rule, connections))
        fputs(unmatched_otherwise(rule), to);
}

/* Why a rule did nothing. */
static void print_idle(FILE *to, const struct book *book, const struct wrap_command *command, uint32_t number)
{
    const struct rule *rule = &book->entries[number - 1].rule;
    struct book_counts counts = book_counts(book->board, number);
    if (counts.refused > 0)
        fprintf(to, "refused %llu time%s (%s)", (unsigned long long)counts.refused, plural(counts.refused),
                counts.why_refused);
    else if (counts.matched > 0)
        fprintf(to, "%llu call%s matched, %s", (unsigned long long)counts.matched, plural(counts.matched),
                why_not_then(rule, counts.matched, number == 1));
    else if (rule->process[0] != '\0' && !role_seen(book->board, rule->process))
        fprintf(to, "no program '%s' was seen", rule->process);
    else
        print_unmatched(to, book->board, rule, number > command->rule_count);
}

static void print_rule(FILE *to, const struct book *book, const struct wrap_command *command, uint32_t number)
{
    const struct book_entry *entry = &book->entries[number - 1];
    struct book_counts counts = book_counts(book->board, number);
    fprintf(to, "; rule %u '%s' %s", number, entry->rule.text, entry->removed ? "(removed) " : "");
    if (counts.fired == 0) {
        fputs("did nothing: ", to);
        print_idle(to, book, command, number);
        return;
    }
    fprintf(to, "fired %llu time%s", (unsigned long long)counts.fired, plural(counts.fired));
    if (counts.forced > 0)
        fprintf(to, " (%llu forced)", (unsigned long long)counts.forced);
    if (counts.refused > 0)
        fprintf(to, ", refused %llu (%s)", (unsigned long long)counts.refused, counts.why_refused);
}

/* Rules that had to fire and did not are told by wrap_idle_rules. */
static bool had_to_fire(const struct wrap_command *command, uint32_t number)
{
    return command->require_fired && number <= command->rule_count;
}

static void print_rules(FILE *to, const struct book *book, const struct wrap_command *command)
{
    uint32_t went = 0; /* what tests have added, removed again and found not to matter */
    for (uint32_t number = 1; number <= book->count; number++) {
        bool idle = book_counts(book->board, number).fired == 0;
        if (idle && had_to_fire(command, number))
            continue;
        if (idle && book->entries[number - 1].removed)
            went++;
        else
            print_rule(to, book, command, number);
    }
    if (went > 0)
        fprintf(to, "; %u removed rule%s did nothing", went, plural(went));
}

static void write_summary(FILE *to, const struct book *book, const struct wrap_command *command,
                          uint64_t trace_lost)
{
    struct book_totals totals = book_totals(book->board);
    uint64_t lost = atomic_load(&book->board->counters_lost);
    fprintf(to, "sockfault: %llu call%s%s, %llu connection%s", (unsigned long long)totals.calls,
            plural(totals.calls), totals.all_calls ? "" : " looked at",
            (unsigned long long)totals.connections, plural(totals.connections));
    print_rules(to, book, command);
    if (lost > 0)
        fprintf(to, "; %llu counts did not fit on the board: 'when' was not exact", (unsigned long long)lost);
    if (trace_lost > 0)
        fprintf(to, "; %llu lines of the trace were lost: the program was faster",
                (unsigned long long)trace_lost);
    fputc('\n', to);
}

void wrap_summary(const struct book *book, const struct wrap_command *command, uint64_t trace_lost)
{
    char *line = NULL;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    if (to == NULL)
        return;
    write_summary(to, book, command, trace_lost);
    /* In one piece: others may write there too. */
    if (fclose(to) == 0)
        fputs(line, stderr);
    free(line);
}

bool wrap_idle_rules(const struct book *book, const struct wrap_command *command)
{
    bool any = false;
    for (uint32_t i = 0; i < command->rule_count; i++) {
        if (book_counts(book->board, i + 1).fired > 0)
            continue;
        fprintf(stderr,
                "--fault#%d:1:1: error: got '%s' fired 0 times, expected at least 1: ", command->origins[i],
                command->rules[i].text);
        print_idle(stderr, book, command, i + 1);
        fputc('\n', stderr);
        any = true;
    }
    return any;
}
