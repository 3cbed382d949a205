/*
 * Delta debugging: of a set that fails, a subset that still fails and of which no one item can be left out.
 * The algorithm is ddmin of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE
 * Transactions on Software Engineering 28(2), 2002. Pure: what fails is for the caller to say.
 */
#ifndef SOCKFAULT_SWEEP_DDMIN_H
#define SOCKFAULT_SWEEP_DDMIN_H

#include <stdbool.h>
#include <stddef.h>

enum ddmin_answer {
    DDMIN_FAILS,  /* in the way that is looked for */
    DDMIN_PASSES, /* or fails otherwise, or could not be tried */
    DDMIN_STOP,   /* no more: the time is up */
};

/*
 * Tries the items of which candidate[i] is true. When it fails, test may take those out of the candidate that
 * turned out to have no part in it; it puts none in.
 */
typedef enum ddmin_answer ddmin_test(void *context, bool *candidate);

/*
 * kept[0..count) is the set, which fails; the empty one does not, and neither of both is tried. Leaves in
 * `kept` the smallest subset found, which was tried and failed. True: no single item can be left out of it.
 * False: it was stopped before that was known, or there is no memory.
 */
bool ddmin(bool *kept, size_t count, ddmin_test *test, void *context);

/* How many are in it. */
size_t ddmin_size(const bool *set, size_t count);

#endif
