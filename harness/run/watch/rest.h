/*
 * Rest: when the participants have come to where nothing happens any more but by time. In virtual time the
 * clock goes on to the next moment then; where there is none, the run hangs, and that is proven.
 */
#ifndef SOCKFAULT_RUN_REST_H
#define SOCKFAULT_RUN_REST_H

#include "harness/quiet/quiet.h"
#include "harness/run/run.h"

/* The run's clock, in nanoseconds: CLOCK_MONOTONIC, and what virtual time left out. */
int64_t run_now(const struct run *run);

/* Who takes part in the run. */
struct quiet_scope rest_scope(const struct run *run);

/* Once the board is there; and at the end. */
void rest_begin(struct run *run);
void rest_end(struct run *run);

/* Something happened: a look is worth while soon. */
void rest_stir(struct run *run);

/* When (CLOCK_MONOTONIC) to look next. */
int64_t rest_next_ns(const struct run *run);

/* Wakes who is due; looks, if it is time to. Whether they rest, and have since before it was looked last:
 * *ret says until when. Between two calls the harness does what there is for it to do. */
bool rest_look(struct run *run, struct quiet_answer *ret);

/* How often they were found at rest so far, for which there was nothing for the harness to do. */
uint64_t rest_times(const struct run *run);

/* Whether looks will tell: else somebody does what cannot be seen, or nobody looks. */
bool rest_tells(const struct run *run);

/*
 * They do, and the harness has nothing to do meanwhile. Virtual time goes no further than until_ns
 * (run_now), which is when the harness itself has something to do; INT64_MAX: it has not. Sets run->at_rest
 * when nothing happens any more, for ever, and run->is_futile when nothing does before the deadline.
 */
void rest_goes_on(struct run *run, const struct quiet_answer *answer, int64_t until_ns);

#endif
