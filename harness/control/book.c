#include "harness/control/book.h"
#include "harness/aim/aim.h"
#include "harness/clock.h"
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <stdlib.h>
#include <string.h>

bool book_open(struct book *book, struct board *board, const struct rule *rules, uint32_t count,
               const char *program, struct diag *diag)
{
    *book = (struct book){board, program, calloc(BOARD_RULES, sizeof *book->entries), count};
    if (book->entries == NULL)
        diag_set(diag, STATUS_TROUBLE, "out of memory");
    for (uint32_t i = 0; book->entries != NULL && i < count; i++)
        book->entries[i].rule = rules[i];
    return book->entries != NULL;
}

void book_close(struct book *book)
{
    free(book->entries);
    *book = (struct book){0};
}

static void wrong(struct diag *diag, unsigned int column, const char *message)
{
    diag_at(diag, "EXPR", 1, (int)column, "%s", message);
}

/* Compiles the regular expression once to see that it can be, and looks up the site. */
static bool aim(const struct book *book, const char *text, struct rule *rule, struct matcher *scratch,
                struct diag *diag)
{
    struct diag problem = {0};
    unsigned int column = 1;
    if (!aim_regex(rule, scratch, &column, &problem))
        wrong(diag, aim_column(text, (const char *)rule->match.bytes) + column - 1, problem.text);
    else if (aim_needs_program(rule) && !aim_at_program(rule, book->program, NULL, &problem))
        wrong(diag, aim_column(text, rule->site.text), problem.text);
    return diag_ok(diag);
}

/* How many rules of the text are now in rules[0..RULES_MAX), each checked; 0 with *diag. */
static uint32_t read_rules(const struct book *book, const char *text, struct rule *rules, struct diag *diag)
{
    struct expr_error error;
    struct matcher *scratch = malloc(sizeof *scratch);
    int count = scratch == NULL ? 0 : expr_parse(text, rules, RULES_MAX, &error);
    if (scratch == NULL)
        diag_set(diag, STATUS_TROUBLE, "out of memory");
    else if (count < 0)
        wrong(diag, error.column, error.message);
    for (int i = 0; i < count && diag_ok(diag); i++)
        aim(book, text, &rules[i], scratch, diag);
    free(scratch);
    return diag_ok(diag) ? (uint32_t)count : 0;
}

/* On the board and in the book. Numbers are given out here; where the board says otherwise, it is not ours
 * any more. */
static bool put(struct book *book, const struct rule *rules, uint32_t count, struct diag *diag)
{
    if (board_rules(book->board) != book->count) {
        diag_set(diag, STATUS_TROUBLE, "the program wrote over the board: there are no rules to be added to");
        return false;
    }
    if (board_rules_put(book->board, rules, count, board_time(book->board, clock_ns())) < 0) {
        diag_set(diag, STATUS_TROUBLE,
                 "got %u rules after %u, expected at most %d while a program runs, %d of them with 'match'",
                 count, book->count, BOARD_RULES, BOARD_MATCHERS);
        return false;
    }
    aim_regexes(book->board, book->count, rules, count);
    board_rules_publish(book->board, count);
    for (uint32_t i = 0; i < count; i++)
        book->entries[book->count++].rule = rules[i];
    return true;
}

uint32_t book_add(struct book *book, const char *text, uint32_t *ret_count, struct diag *diag)
{
    struct rule *rules = calloc(RULES_MAX, sizeof *rules);
    uint32_t first = book->count + 1, count = 0;
    if (rules == NULL)
        diag_set(diag, STATUS_TROUBLE, "out of memory");
    else
        count = read_rules(book, text, rules, diag);
    bool added = count > 0 && put(book, rules, count, diag);
    free(rules);
    *ret_count = count;
    return added ? first : 0;
}

static void no_such_rule(const struct book *book, uint32_t number, struct diag *diag)
{
    if (book->count == 0)
        diag_set(diag, STATUS_FAILED, "got rule %u, expected one that is there: there is none", number);
    else if (book->count == 1)
        diag_set(diag, STATUS_FAILED, "got rule %u, expected 1, the only one there is", number);
    else
        diag_set(diag, STATUS_FAILED, "got rule %u, expected one of 1 to %u", number, book->count);
}

bool book_remove(struct book *book, uint32_t number, struct diag *diag)
{
    if (number < 1 || number > book->count) {
        no_such_rule(book, number, diag);
        return false;
    }
    if (book->entries[number - 1].removed) {
        diag_set(diag, STATUS_FAILED, "got rule %u, which has been removed already", number);
        return false;
    }
    board_rule_remove(book->board, number - 1);
    book->entries[number - 1].removed = true;
    return true;
}

static const char *why_refused(const struct board_rule_count *count)
{
    uint32_t why = atomic_load(&count->refused_why);
    if (why == 0 || why > CONDITION_COUNT)
        return "the kernel never does that there";
    return condition_lack((enum condition_bit)(why - 1));
}

struct book_counts book_counts(const struct board *board, uint32_t number)
{
    const struct board_rule_count *count = &board->counts[number - 1];
    struct book_counts counts = {atomic_load(&count->matched), atomic_load(&count->fired),
                                 atomic_load(&count->refused), atomic_load(&count->forced), ""};
    if (counts.refused > 0)
        counts.why_refused = why_refused(count);
    return counts;
}

struct book_totals book_totals(const struct board *board)
{
    struct book_totals totals = {.all_calls = atomic_load(&board->flags) & BOARD_TRACING};
    for (size_t i = 0; i < BOARD_ROLES; i++) {
        const struct board_role *role = &board->roles[i];
        for (size_t call = 0; call < CALL_COUNT; call++)
            totals.calls += atomic_load(&role->calls[call]);
        totals.connections += atomic_load(&role->connections);
        totals.bytes_received += atomic_load(&role->bytes_received);
        totals.bytes_sent += atomic_load(&role->bytes_sent);
    }
    return totals;
}
