/*
 * The rules of a running program as the harness knows them, in the order of their numbers, and what the board
 * says of each. The program can write to the rules on the board, so these are a copy of our own; all numbers
 * that come from there are only ever shown.
 */
#ifndef SOCKFAULT_CONTROL_BOOK_H
#define SOCKFAULT_CONTROL_BOOK_H

#include "harness/diag.h"
#include "shim/model/board.h"

struct book_entry {
    struct rule rule;
    bool removed;
};

struct book {
    struct board *board;
    const char *program;        /* where sites are looked up: the path of an executable */
    struct book_entry *entries; /* room for BOARD_RULES; the rule of number n is entries[n - 1] */
    uint32_t count;
};

/*
 * Begins with the rules that are on the board already. Board and program stay where they are until
 * book_close. false with *diag: no memory.
 */
bool book_open(struct book *book, struct board *board, const struct rule *rules, uint32_t count,
               const char *program, struct diag *diag);
void book_close(struct book *book);

/*
 * Adds all rules of an expression, or none; they apply all at once. Returns the number of the first and
 * *ret_count, or 0 with *diag: USAGE, the expression is wrong ("EXPR:1:9: error: ..."); TROUBLE, there is no
 * room, or the program wrote over the board. One caller at a time, as for book_remove.
 */
uint32_t book_add(struct book *book, const char *text, uint32_t *ret_count, struct diag *diag);

/* Removes the rule of that number; its counts stay. false with *diag (FAILED): there is none, or it is
 * removed already. */
bool book_remove(struct book *book, uint32_t number, struct diag *diag);

/* What came of a rule. */
struct book_counts {
    uint64_t matched, fired, refused, forced;
    const char *why_refused; /* the last time; "" when it was not */
};
struct book_counts book_counts(const struct board *board, uint32_t number);

/* What was seen in all. Calls that no rule needs to see are not. */
struct book_totals {
    uint64_t calls, connections, bytes_received, bytes_sent;
    bool all_calls; /* every one was looked at */
};
struct book_totals book_totals(const struct board *board);

#endif
