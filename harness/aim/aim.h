/*
 * Aiming rules: what an expression leaves to the harness. A site is a text until somebody has looked into the
 * program; a regular expression is a text until somebody has made a table of it that the shim can walk.
 */
#ifndef SOCKFAULT_AIM_H
#define SOCKFAULT_AIM_H

#include "harness/diag.h"
#include "shim/model/board.h"

/* Where in an expression the text of one of its rules' values stands, from 1; 1 where that cannot be told. */
unsigned int aim_column(const char *expression, const char *value);

/* Whether the rule has a site that is still to be looked up. */
bool aim_needs_program(const struct rule *rule);

/*
 * Adds the places that the rule's site is in this program and its libraries (harness/program/lookup.h). May
 * be called for several programs; one that has no such place adds none, and gives false with *diag. `envp`:
 * what the program is started with, or NULL.
 */
bool aim_at_program(struct rule *rule, const char *program, char *const *envp, struct diag *diag);

/*
 * Compiles the rule's regular expression, if it has one, into *ret. false with *ret_column (from 1, in the
 * expression) and *diag: "got X, expected Y".
 */
bool aim_regex(const struct rule *rule, struct matcher *ret, unsigned int *ret_column, struct diag *diag);

/*
 * Compiles those of `count` rules that were put on the board from index `first` on, where the board wants
 * them and before they apply. They have been checked before.
 */
void aim_regexes(struct board *board, uint32_t first, const struct rule *rules, uint32_t count);

#endif
