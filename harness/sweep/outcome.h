/* What came of a trial, measured by the run without a fault. */
#ifndef SOCKFAULT_SWEEP_OUTCOME_H
#define SOCKFAULT_SWEEP_OUTCOME_H

#include "harness/run/result/result.h"
#include "harness/scenario/scenario.h"
#include "shim/model/legal.h"

enum sweep_outcome {
#define OUTCOME(id, name, sentence, on_t, on_h) SWEEP_##id,
#include "harness/sweep/outcomes.def"
#undef OUTCOME
    SWEEP_OUTCOMES
};

enum sweep_class {
    SWEEP_CLASS_SURVIVED,
    SWEEP_CLASS_DEFECT,
    SWEEP_CLASS_REFUSED,
    SWEEP_CLASS_NOT_FIRED,
    SWEEP_CLASS_TROUBLE,
    SWEEP_CLASSES
};

struct sweep_seen {
    enum sweep_outcome outcome;
    const char *process; /* of the experiment: who it is that does so; NULL: it cannot be said of one */
    char *words; /* malloc'd: who did what, a line or several: "client: killed by SIGSEGV"; NULL: nothing */
};

/* How the event is to be judged. */
struct sweep_measure {
    const struct experiment *experiment; /* of the trial: which processes are services, programs, scripts */
    const struct result *without;        /* what comes of it without the fault */
    bool starting;                       /* sweep_trial */
    bool silenced; /* a connection is half-open, and nobody was told: who waits on it may keep it */
};

/*
 * The worst of what is true of `result`, whose last rule is the one tried; freed with sweep_seen_free. The
 * output of a process that failed may end early, and its standard error say anything; that of services is not
 * compared, since logs tell times and ports.
 */
struct sweep_seen sweep_judge(const struct sweep_measure *measure, const struct result *result);

/* The same of a run to which no fault was added: its rules are not looked at. */
struct sweep_seen sweep_compare(const struct sweep_measure *measure, const struct result *result);
void sweep_seen_free(struct sweep_seen *seen);

/* The last line a process wrote to standard error, escaped; malloc'd. NULL: it wrote nothing. */
char *sweep_last_words(const struct process_result *process);

/* "server: ready: expected ..., got ...; it said ...": a failure of a run without a fault. malloc'd. */
char *sweep_failure_words(const struct result *result, const struct failure *failure);

const char *sweep_outcome_name(enum sweep_outcome outcome);
const char *sweep_outcome_text(enum sweep_outcome outcome);
enum sweep_class sweep_outcome_class(enum sweep_outcome outcome, enum expectation expect);

/* The outcome of that name; SWEEP_OUTCOMES: none. */
enum sweep_outcome sweep_outcome_find(const char *name);

/* "survived", "defect" ... */
const char *sweep_class_name(enum sweep_class class);

#endif
