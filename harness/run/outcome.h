/* From what was seen to the result. */
#ifndef SOCKFAULT_RUN_OUTCOME_H
#define SOCKFAULT_RUN_OUTCOME_H

#include "harness/run/run.h"

#include <stdio.h>

/* Zeroes *ret and fills in what is known of an experiment before it runs: name, file, tags, seed; verdict
 * pass. */
void outcome_begin(const struct experiment *experiment, uint64_t seed, struct result *ret);

/* The seed that holds for an experiment, the command line's being `seed`. */
uint64_t outcome_seed(const struct experiment *experiment, uint64_t seed);

/*
 * Once everything has ended: gives up (void) when the shim was not seen where it had to be; fills in
 * processes and rules of run->result, and *ret for the judge. Takes texts and output over from the instances.
 * *ret is freed with outcome_free.
 */
void outcome_fill(struct run *run, struct observed *ret);
void outcome_free(struct observed *observed);

/*
 * The part of the trace that shows what happened: around what was injected, and the end, in the order of
 * time. `sites` may be NULL.
 */
void outcome_trace(struct run *run, struct sites *sites);

/* All of the trace that was kept, a line each, in the order of time; first, how much was not. */
void outcome_write_trace(const struct run *run, struct sites *sites, FILE *to);

#endif
