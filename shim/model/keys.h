/* The keys of a rule: one row each in keys.c, with the function that reads its value into the rule. */
#ifndef SOCKFAULT_MODEL_KEYS_H
#define SOCKFAULT_MODEL_KEYS_H

#include "shim/model/expr.h"

struct rule_key {
    struct expr_key shown;
    enum fault_kind fault; /* EXPR_FAULT */
    bool (*read)(struct rule *rule, const char *value, struct expr_error *error);
};

/* The row of that name (len bytes), or NULL. */
const struct rule_key *rule_key_find(const char *name, size_t len);

/* "got 'X', expected Y" at column; always false. X is cut when it is long, and its control characters are
 * shown as '?'. */
bool expr_expected(struct expr_error *error, unsigned int column, const char *got, size_t len,
                   const char *expected);

#endif
