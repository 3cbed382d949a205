/* What the functions of the table of expectations are given. Internal to harness/judge. */
#ifndef SOCKFAULT_JUDGING_H
#define SOCKFAULT_JUDGING_H

#include "harness/judge/judge.h"

struct judging {
    const struct experiment *experiment;
    const struct observed *observed;
    struct result *result;
    size_t index; /* of the process in observed and result */
    /* The same, looked up. */
    const struct scenario_process *process;
    const struct expectations *expect;
    const struct observed_process *seen;
    const struct process_result *got;
};

#define EXPECTATION(name, function, help) void function(const struct judging *j);
#include "harness/judge/expectations.def"
#undef EXPECTATION

/* Adds a failure of j's process, placed where its expectations are. Takes over `expected` and `got`
 * (malloc'd, or NULL). */
void judging_fail(const struct judging *j, const char *what, char *expected, char *got);

/* The same with a place of its own. */
void judging_fail_at(const struct judging *j, const struct place *place, const char *what, char *expected,
                     char *got);

/* Raises the verdict to this one unless it is at least as grave already; takes over `reason`. */
void judging_verdict(struct result *result, enum verdict verdict, char *reason);

/* Whether the process was to be alive when everything else was over. */
bool judging_wants_running(const struct judging *j);

/* A failure for every test of *texts that does not hold for got; `what` is "stdout", "stderr" or "serves". */
void judging_texts(const struct judging *j, const char *what, const struct text_expectations *texts,
                   const char *got, size_t len);

/* What must hold of the rules: each fired as often as it should. */
void judge_rules(const struct experiment *experiment, const struct observed *observed, struct result *result);

/* Why a rule fired as often as it did and not as it should; malloc'd. rule < result->rule_count. */
char *judge_why(const struct experiment *experiment, const struct observed *observed,
                const struct result *result, size_t rule);

/* "exactly 3", "at least 1", "2 to 4", "any number". malloc'd. */
char *range_text(const struct range *range);
bool range_holds(const struct range *range, uint64_t n);

#endif
