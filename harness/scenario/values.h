/* What the readers of values share. */
#ifndef SOCKFAULT_VALUES_H
#define SOCKFAULT_VALUES_H

#include "harness/scenario/reader.h"

/* "got 'TEXT', expected WHAT" at the scalar. False always. */
bool value_wrong(struct reader *r, const struct node *node, const char *text, const char *what);

/* A decimal number from low to high. */
bool value_number(struct reader *r, const struct node *node, uint64_t low, uint64_t high, const char *what,
                  uint64_t *ret);

/* The texts of a list of scalars, or of one; the array ends with NULL. NULL after an error (`what` was
 * expected). */
char **value_texts(struct reader *r, const struct node *node, enum runtime_names names, const char *what,
                   size_t *ret_count);

/* Compiles a regular expression (REG_EXTENDED) into *ret, for the pool to free. `text` is what `node` says.
 */
bool value_regex(struct reader *r, const struct node *node, const char *text, regex_t *ret);

#endif
