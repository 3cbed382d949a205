/* Trials carried out. */
#ifndef SOCKFAULT_SWEEP_TURNS_H
#define SOCKFAULT_SWEEP_TURNS_H

#include "harness/run/experiment.h"
#include "harness/sweep/outcome.h"
#include "harness/sweep/subject.h"

/* As often as one is tried again that may come in time. Whoever ends without closing is not held, and a
 * chance of one in two comes too late each time once in 1,000. */
enum { SWEEP_INSISTS = 10 };

struct sweep_turn {
    const char *rule;
    bool starting; /* sweep_trial */
    int tries;     /* more, where the other side had closed before the fault could come; 0: it always has */
    int held;      /* out: so often it came too late, and was tried with closes that are late themselves */
    bool done;     /* out: it was carried out */
    bool kept;     /* out: by services that had served others before (harness/run/lasting/kept.h) */
    struct sweep_seen seen; /* out: what came of it */
    struct result *result;  /* NULL: it is not kept; else where to */
};

/* What turns are carried out with. */
struct sweep_turns {
    const struct sweep_subject *subject;
    const struct result *without; /* the run without a fault, by which they are judged */
    const struct run_options *options;
    const volatile int *stop;
    struct diag *diag;
};

/*
 * Runs the subject with each turn's rule, options->jobs at once, and judges. Returns when all are over,
 * options->start_until_ns has come, or *stop is not zero; turns that were not carried out are not `done`.
 * Where the other side had closed before the fault could come, it is tried as often again as the turn says,
 * with a rule before its own that makes every close and shutdown of a connection SWEEP_HELD late. False with
 * *diag: nothing can be run at all.
 */
#define SWEEP_HELD "10ms"
bool sweep_turns_run(const struct sweep_turns *with, struct sweep_turn *turns, size_t count);

/* The same with those that are wanted alone; the others stay as they are. */
bool sweep_turns_again(const struct sweep_turns *with, struct sweep_turn *turns, size_t count,
                       bool (*wanted)(const void *context, size_t index), const void *context);

/* Frees what was seen (not a result that is kept). */
void sweep_turns_free(struct sweep_turn *turns, size_t count);

#endif
