/* Which selectors kept a rule away from calls that were made: for verdicts and for the closing line of
 * `wrap`. */
#ifndef SOCKFAULT_UNMATCHED_H
#define SOCKFAULT_UNMATCHED_H

#include "shim/model/rule.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Writes " conn=2..3 (connections there were: 1), match (no data completed it)": the selectors of the rule
 * that neither a descriptor nor a peer alone explains. Returns whether it has any; nothing is written if not.
 */
bool unmatched_selectors(FILE *to, const struct rule *rule, uint64_t connections);

/* What is left where no selector explains it: " was on a socket", or that nothing came for it. */
const char *unmatched_otherwise(const struct rule *rule);

#endif
