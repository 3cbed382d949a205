/*
 * A command in one text, split into words as a POSIX shell does (Shell Command Language, 2.2 and 2.6.5), with
 * nothing expanded but the variables of scenarios.
 */
#ifndef SOCKFAULT_SWEEP_WORDS_H
#define SOCKFAULT_SWEEP_WORDS_H

#include "harness/diag.h"

#include <stddef.h>

struct shell_words {
    char **items; /* as they stand in a scenario; ends with NULL */
    size_t count;
    char *typed; /* the command, as it is typed into a shell */
};

/*
 * '...', "..." and \ are a shell's. ${NAME} outside of '...' and not behind \ stays, for the scenario; one
 * that is quoted is text, and becomes "$${NAME}". False with *diag (USAGE), "OPTION:1:COLUMN: error: got X,
 * expected Y": there is no word, a quote has no end, or there is what only a shell would do: an operator
 * (| & ; < > ( ) `), $NAME, $(...). Freed with shell_words_free, after true.
 */
bool shell_words_split(const char *option, const char *text, struct shell_words *ret, struct diag *diag);

/* The same of words that a shell has split already, NULL behind them: every "${" in them is text. */
bool shell_words_take(char *const *words, size_t count, struct shell_words *ret, struct diag *diag);
void shell_words_free(struct shell_words *words);

#endif
