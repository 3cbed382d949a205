/* The experiment a sweep is about: the scenario's, with what must always hold; and the same with one more
 * fault. */
#ifndef SOCKFAULT_SWEEP_SUBJECT_H
#define SOCKFAULT_SWEEP_SUBJECT_H

#include "harness/run/result/result.h"
#include "harness/scenario/scenario.h"

/* run_options.settle_ns: longer than any delay that is tried. */
#define SWEEP_SETTLE_NS INT64_C(15000000000)

struct sweep_subject {
    struct experiment experiment; /* all but `processes` is the scenario's own */
    const struct experiment *scenario;
    char *under;                   /* the rules of sweep_subject_under; NULL: none */
    struct scenario_fault *faults; /* of the experiment, with those; NULL: they are the scenario's */
    int probe; /* index of the process that services are tried with as the next client; -1: there is none */
};

/*
 * Of every service that is a program with the shim in it, it is expected as well that it runs on, that its
 * descriptors are as many as before, that it leaves no zombies, and (where one process alone is neither a
 * service nor started several times) that it serves that process once more in the end. What the scenario
 * says itself about these stays. `scenario` has to outlive it. False with *diag: USAGE, the scenario is one
 * that has to hang, spin or time out, or has nothing in it that ends by itself; TROUBLE, no memory. Freed
 * with sweep_subject_free.
 */
bool sweep_subject_make(const struct experiment *scenario, struct sweep_subject *ret, struct diag *diag);
void sweep_subject_free(struct sweep_subject *subject);

/*
 * From now on the experiment has those rules as faults of its own ("client/recv:reset:conn=1:when=1", joined
 * by ';'), and is measured by whatever comes of it under them, if it comes to its end. As sweep_case_make.
 */
bool sweep_subject_under(struct sweep_subject *subject, const char *rules, struct diag *diag);

/*
 * Whether a run without a fault is one to measure by: it passed, or only what was expected beyond the
 * scenario failed; later runs are measured by how it failed. Otherwise *diag (TROUBLE) says what it came to.
 */
bool sweep_subject_holds(const struct sweep_subject *subject, const struct result *result, struct diag *diag);

enum { SWEEP_CASE_RULES = 4 };

/*
 * Bounds the memory of every program of which the scenario does not say memory_limit: a fault may make it
 * take SWEEP_MEMORY_TIMES what it had in that run without one, and SWEEP_MEMORY_LEAST in any case.
 */
#define SWEEP_MEMORY_TIMES 20
#define SWEEP_MEMORY_LEAST (UINT64_C(256) << 20)
void sweep_subject_bound(struct sweep_subject *subject, const struct result *without);

/* The experiment with one more event: up to SWEEP_CASE_RULES rules, joined by ';', which may come to nothing.
 */
struct sweep_case {
    struct experiment experiment; /* all but `faults` is the subject's own */
};

/* False with *diag: USAGE, the scenario has no room for them, or `rule` is none; TROUBLE, no memory.
 */
bool sweep_case_make(const struct sweep_subject *subject, const char *rule, struct sweep_case *ret,
                     struct diag *diag);
void sweep_case_free(struct sweep_case *trial);

#endif
