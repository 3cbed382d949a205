/* Whether an experiment gets anywhere. */
#ifndef SOCKFAULT_RUN_PROGRESS_H
#define SOCKFAULT_RUN_PROGRESS_H

#include "harness/run/run.h"

/*
 * A number that is another once there was progress: bytes received or sent, a connection, a process started,
 * known or ended, output, or a call that brought a rule nearer to where it does something else (`when`,
 * `times`).
 */
uint64_t progress_mark(const struct run *run);

/* Whether a rule does something else from some moment on, or until one. */
bool progress_waits_for_rules(const struct run *run);

/* Whether the rule will do at calls like those it matched until now what it did at the last of them. */
bool progress_rule_is_settled(const struct rule *rule, uint64_t matched);

#endif
