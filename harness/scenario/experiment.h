/* One experiment out of a document. */
#ifndef SOCKFAULT_SCENARIO_EXPERIMENT_H
#define SOCKFAULT_SCENARIO_EXPERIMENT_H

#include "harness/scenario/reader.h"

/* Reads the whole scenario for the combination of the matrix that r->experiment has, and settles it. */
bool experiment_read(struct reader *r, const struct node *root);

#endif
