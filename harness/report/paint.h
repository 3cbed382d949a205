/* Colour, or none. Internal to harness/report. */
#ifndef SOCKFAULT_PAINT_H
#define SOCKFAULT_PAINT_H

#include "harness/run/result/result.h"

struct paint {
    const char *bad, *good, *skip, *mark, *bold, *dim, *off; /* escape sequences, or all "" */
};

extern const struct paint paint_plain, paint_colour;

/* The colour of a verdict. */
const char *paint_verdict(const struct paint *paint, enum verdict verdict);

#endif
