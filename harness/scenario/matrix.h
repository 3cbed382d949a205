/* The matrix of a scenario: the combinations of its parameters that are experiments. */
#ifndef SOCKFAULT_MATRIX_H
#define SOCKFAULT_MATRIX_H

#include "harness/scenario/reader.h"

enum { MATRIX_MAX = 10000 };

struct matrix {
    const struct node *map;     /* NULL: none, which is one combination of nothing */
    const struct node *exclude; /* or NULL */
    size_t total;               /* combinations, those that are excluded among them */
};

/* Reads `matrix:` and `exclude:` of a scenario and checks them. */
bool matrix_read(struct reader *r, const struct node *root, struct matrix *ret);

/* Fills in the matrix of the experiment with combination i; the last parameter changes fastest. */
void matrix_choose(const struct matrix *matrix, struct pool **pool, size_t i, struct experiment *experiment);

/* Whether `exclude:` leaves this combination out. */
bool matrix_excludes(const struct matrix *matrix, const struct experiment *experiment);

#endif
