/* What a sweep will try: each place, at its first, second and last time, under every fault legal there. */
#ifndef SOCKFAULT_SWEEP_PLAN_H
#define SOCKFAULT_SWEEP_PLAN_H

#include "harness/sweep/plan/events.h"
#include "harness/sweep/plan/globs.h"
#include "harness/sweep/plan/places.h"
#include "shim/model/rule.h"

/* One experiment to be made. */
struct sweep_trial {
    size_t place; /* in the plan's places */
    enum sweep_occurrence occurrence;
    const struct survey_call *call; /* that one */
    const struct sweep_event *event;
    const struct legal_row *row; /* why it is legal */
    char *rule;                  /* sweep_event_rule; no other of the place has it */
    enum expectation expect;
    bool starting; /* the process does not listen yet, or had not waited for anybody: a service may still
                      refuse to start */
};

struct sweep_plan {
    struct sweep_places places;
    struct sweep_trial *trials; /* of one place together, places in their order */
    size_t count;
    size_t only, same; /* trials that filter->only and filter->same let through, whatever the shard */
    size_t *only_hits, *same_hits; /* trials that each of their globs matches by itself */
    char *example;                 /* sweep_trial_name of the first there is; NULL: there is none */
};

/* Places that need not be tried any more. */
struct sweep_known {
    const struct sweep_places **items;
    size_t count;
};
bool sweep_known_has(const struct sweep_known *known, const struct survey_call *call);

/* Which of all trials; zeroed (but for tiers): all of them. */
struct sweep_filter {
    unsigned int tiers;    /* a bit each: 1 << enum tier */
    const char *const *in; /* names of processes; all instances of one */
    size_t in_count;       /* 0: all */
    struct sweep_globs only;
    const struct sweep_known *known; /* NULL: none */
    struct sweep_globs same;         /* under those the result has to stay the same (T) */
    bool brief; /* time is real: delays are shorter than any patience, and only show what comes in another
                   order */
    unsigned int shard, shards; /* the shard-th of so many, from 1; 0 of 0: all */
};

/* Whether a process of that name in the scenario is the one of the survey: "client" is client#1 and client#2,
 * too. */
bool sweep_process_is(const char *name, const char *process);

/*
 * The trials of a survey, which has to outlive the plan. Rows whose lasting conditions (legal_lasting) do not
 * hold at a call are not tried there; those that come and go are for the shim to refuse. Rows that come to
 * the same rule at the same call are one trial: of the row that held in the survey, else of the most lenient.
 * False with *diag (TROUBLE): no memory, or a rule cannot be written (a process's name is too long). Freed
 * with sweep_plan_free.
 */
bool sweep_plan_make(const struct survey *survey, const struct sweep_filter *filter, struct sweep_plan *ret,
                     struct diag *diag);
void sweep_plan_free(struct sweep_plan *plan);

/* "short=1", "error=EINTR": how a row's fault is written, malloc'd; NULL: it is not tried (or no memory). */
char *sweep_fault_text(const struct legal_row *row);

/* "the second recv moves one byte only: fewer bytes had arrived": the event in a sentence. malloc'd. */
char *sweep_trial_sentence(const struct sweep_trial *trial);

/* "client/recv:short=1 client.c:29": what --only is matched with. malloc'd. */
char *sweep_trial_name(const struct sweep_trial *trial);

#endif
