/*
 * What the rules of an experiment did in one run of it, decision by decision: which call was met, and by
 * what. With chances, rates and ranges resolved, each is a rule of its own that meets just that call.
 */
#ifndef SOCKFAULT_SWEEP_CHOICES_H
#define SOCKFAULT_SWEEP_CHOICES_H

#include "harness/sweep/survey/survey.h"

/* One fault at one call. */
struct choice_made {
    char *process; /* the role: "client", "client#2" */
    enum call_id call;
    uint32_t connection; /* 0: none; then `nth` counts in the process, else on the connection */
    uint64_t nth;
    enum fault_kind fault; /* a rate has become a delay */
    int err;
    uint64_t amount; /* SHORT: bytes; else the number the fault takes */
    bool eof_full, force;
    int64_t delay_ns;
    int64_t asked; /* as in the survey */
    char *site;
};

struct choices {
    struct choice_made
        *items; /* in the order in which they were made; then what stopped short of a boundary */
    size_t count;
};

/*
 * The decisions of a run of `experiment` that `survey` tells of. *ret is freed with choices_free. False: no
 * memory.
 */
bool choices_find(const struct experiment *experiment, const struct survey *survey, struct choices *ret);
void choices_free(struct choices *choices);

/* "error=EINTR", "short=7", "delay=20ms". malloc'd; NULL: no memory. */
char *choice_fault_text(const struct choice_made *choice);

/* "the 3rd recv on connection 1 of client fails with EINTR". malloc'd. */
char *choice_sentence(const struct choice_made *choice);

/* A rule that stands for several decisions: the same at calls that follow one another. */
struct choice_rule {
    char *text;   /* "client/recv:error=EINTR:conn=1:when=3..4:scope=connection" */
    size_t first; /* of choices->items */
    size_t count;
};

struct choice_rules {
    struct choice_rule *items;
    size_t count;
    size_t *rule_of; /* of each choice: which of the items; only of those in the set */
};

/* As few rules as stand for the decisions in the set. False: no memory. Freed with choice_rules_free. */
bool choice_rules_make(const struct choices *choices, const bool *set, struct choice_rules *ret);
void choice_rules_free(struct choice_rules *rules);

#endif
