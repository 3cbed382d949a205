/* Scenarios from texts in memory, for the tests of what reads them. */
#ifndef SOCKFAULT_TESTS_SCENARIO_TEXT_H
#define SOCKFAULT_TESTS_SCENARIO_TEXT_H

#include "harness/scenario/scenario.h"

/* Reads a scenario that must be right; the test ends with the message when it is not. */
struct scenario_set scenario_good(const char *text);

/* Reads one that must be wrong: the first line of the message, behind "t.yaml:". Static memory: one at a
 * time. */
const char *scenario_wrong(const char *text);

/* The only experiment of a set. */
const struct experiment *scenario_only(const struct scenario_set *set);

/* What every scenario here needs: put in front of the part that a test is about. */
#define SCENARIO_HEAD "scenario: a claim\n"
#define SCENARIO_TAIL "processes: {a: {run: [x]}, b: {run: [y], after: a}}\nexpect: {}\n"

#endif
