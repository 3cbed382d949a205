/*
 * Spinning: a thread that runs on and on and gets nowhere. It is told before the time is over where that is
 * certain: it alone runs, everybody else sleeps without a timeout and nothing is under way, it has made the
 * same kind of calls tens of thousands of times without any progress of the experiment (progress.h), it has
 * not looked at a clock by which it could give up, and no rule will do otherwise later. When the time is over
 * anyway, whoever ran for most of the last second without progress is said to have span.
 */
#ifndef SOCKFAULT_RUN_SPIN_H
#define SOCKFAULT_RUN_SPIN_H

#include "harness/run/run.h"

/* What a thread had done by some moment. */
struct spin_thread {
    pid_t pid, tid;
    uint64_t calls, looks; /* calls begun; at clocks */
    int64_t ran_ns;        /* so long it was on a processor */
    int64_t ready_ns;      /* so long it waited for one */
};

/* A thread that spins. */
struct spinner {
    pid_t pid, tid;
    uint64_t calls;  /* begun */
    int64_t took_ns; /* within that time */
};

#define SPIN_CALLS  20000
#define SPIN_CPU_NS INT64_C(250000000)

/* Whether one that did that between the two moments, without progress, will go on so for ever. */
bool spin_is_certain(const struct spin_thread *before, const struct spin_thread *after);

/* Whether it ran, or could have run, for most of that time. */
bool spin_ran_on(const struct spin_thread *before, const struct spin_thread *after, int64_t took_ns);

/* Once the board is there; and at the end. */
void spin_begin(struct run *run);
void spin_end(struct run *run);

/* To be asked every few milliseconds while the processes run. Sets run->spun where that is certain. */
void spin_look(struct run *run);

/* The time is over: sets run->spun if somebody ran on. */
void spin_look_back(struct run *run);

/* The thread among those that spin, or NULL. */
const struct spinner *spin_of(const struct run *run, pid_t tid);

#endif
