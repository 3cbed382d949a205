/* The keys of a rule: one row each in keys.c, with the function that reads its value into the rule. */
#ifndef SOCKFAULT_MODEL_KEYS_H
#define SOCKFAULT_MODEL_KEYS_H

#include "shim/model/expr.h"

struct rule_key {
    struct expr_key shown;
    enum fault_kind fault; /* EXPR_FAULT */
    bool (*read)(struct rule *rule, const char *value, struct expr_error *error);
};

/* Reads a value into the rule; false with *error. */
typedef bool key_reader(struct rule *rule, const char *value, struct expr_error *error);

/* The readers of selectors (selectors.c); the rows that name them stand in keys.c. */
key_reader key_when, key_chance, key_times, key_after, key_until, key_fd, key_peer, key_local, key_conn,
    key_site, key_match, key_regex, key_scope;

/* "got 'VALUE', expected X": the whole value is wrong; always false. */
bool key_wrong(struct expr_error *error, const char *value, const char *expected);

/* Splits "A..B" at the dots; a single value gives two equal halves. */
void key_split_range(const char *value, const char **ret_second, size_t *ret_first_len);

/* The row of that name (len bytes), or NULL. */
const struct rule_key *rule_key_find(const char *name, size_t len);

/* "got 'X', expected Y" at column; always false. X is cut when it is long, and its control characters are
 * shown as '?'. */
bool expr_expected(struct expr_error *error, unsigned int column, const char *got, size_t len,
                   const char *expected);

#endif
