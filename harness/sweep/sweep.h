/*
 * A sweep of one experiment: two runs without a fault that agree, a plan, every trial of it once, and every
 * defect three times more on fresh processes.
 */
#ifndef SOCKFAULT_SWEEP_SWEEP_H
#define SOCKFAULT_SWEEP_SWEEP_H

#include "harness/sweep/plan/plan.h"
#include "harness/sweep/turns.h"

enum { SWEEP_CONFIRMATIONS = 3 };

/* Where what programs count of their code goes: in runs without a fault, and in all others. */
struct sweep_targets {
    struct coverage_target before, sweep;
};

struct sweep_options {
    struct run_options run;
    struct sweep_filter filter;
    const char *under;                    /* sweep_subject_under; NULL: it is about the scenario as it is */
    const struct sweep_targets *coverage; /* NULL: nothing is counted */
    bool fresh;       /* every trial on processes started afresh, in namespaces of its own */
    int64_t until_ns; /* CLOCK_MONOTONIC: no trial is started from then on; 0: no bound */
};

/* Whether a defect came again. */
enum sweep_steadiness {
    SWEEP_NO_DEFECT,
    SWEEP_STEADY,   /* each time */
    SWEEP_UNSTEADY, /* something else as well, or it was not tried so often */
    SWEEP_ONCE,     /* no defect any more: then it is none */
};

struct sweep_tried {
    bool done;
    struct sweep_seen seen;
    enum sweep_outcome again[SWEEP_CONFIRMATIONS];
    size_t again_count;
    enum sweep_steadiness steadiness;
};

/* The same outcome of one or several trials at one place. */
struct sweep_defect {
    size_t *trials; /* in the plan: those that are steady first */
    size_t count;
    size_t place;
    bool own; /* the process that the fault befell does it: mostly that is where the mistake is */
    enum sweep_outcome outcome;
    char *record; /* file that repeats the first; NULL: there is none */
};

struct sweep {
    struct sweep_subject subject;
    struct survey survey;
    struct result without; /* what comes of it without a fault */
    struct sweep_plan plan;
    struct sweep_tried *tried;    /* plan.count */
    struct sweep_defect *defects; /* the worst first */
    size_t defect_count;
    size_t classes[SWEEP_CLASSES]; /* how many trials came to each; one that is SWEEP_ONCE survived */
    size_t left;                   /* trials that were not carried out */
    size_t once;                   /* SWEEP_ONCE */
    char *warnings;                /* a line each, or NULL */
    int64_t elapsed_ns;
};

/*
 * `scenario` has to outlive it. False with *diag: USAGE, it is not one to be swept (sweep_subject_make);
 * TROUBLE, it does not pass without a fault, or not twice in the same way, or could not be run. *ret is freed
 * with sweep_free in either case. Blocks.
 */
bool sweep_run(const struct experiment *scenario, const struct sweep_options *options,
               const volatile int *stop, struct sweep *ret, struct diag *diag);
void sweep_free(struct sweep *sweep);

/*
 * Runs the subject twice without a fault: *ret_without is what later runs are measured by, *ret_survey its
 * calls. As sweep_run; what differs in calls alone is a line in *warnings (malloc'd).
 */
bool sweep_measure_take(const struct sweep_subject *subject, const struct run_options *options,
                        struct survey *ret_survey, struct result *ret_without, char **warnings,
                        struct diag *diag);

/* The class of a trial that was carried out, once it is known whether it came again. */
enum sweep_class sweep_class_of(const struct sweep *sweep, size_t trial);

#endif
