/* An experiment that is over, made by hand, for the tests of the judge. */
#ifndef SOCKFAULT_TESTS_JUDGE_WORLD_H
#define SOCKFAULT_TESTS_JUDGE_WORLD_H

#include "harness/judge/judge.h"

enum { WORLD_PROCESSES = 4, WORLD_FAULTS = 4 };

struct world {
    struct experiment experiment;
    struct scenario_process processes[WORLD_PROCESSES];
    struct scenario_fault faults[WORLD_FAULTS];
    struct observed observed;
    struct observed_process seen[WORLD_PROCESSES];
    struct runtime runtime;
    struct board *board; /* with a role a process */
    struct result result;
};

/*
 * So many processes, the first "client", the second "server", of which all that is expected is what is always
 * expected, and which did that: ended by themselves with status 0.
 */
void world_init(struct world *world, size_t processes);
void world_free(struct world *world);

/* Another instance of process `process`, or a probe of it for process `probe_of` (-1: none). Returns its
 * index. */
size_t world_add(struct world *world, int process, const char *name, int probe_of);

/* Makes process i a service that was told to stop and did. */
void world_service(struct world *world, size_t i);

/* Adds the rule and what it did; fires 1.. is expected. Returns it. */
struct scenario_fault *world_rule(struct world *world, const char *expression, uint64_t matched,
                                  uint64_t fired, uint64_t refused);

/* Adds an expectation about a text to *texts. */
void world_text(struct text_expectations *texts, enum text_test test, const char *text);

/* Makes out (or err) of process i these bytes. */
void world_wrote(struct world *world, size_t i, bool err, const char *bytes, size_t len);

/* One record on the board's trace, and one more in the counts of process i. */
void world_call(struct world *world, size_t i, enum call_id call, int fd, int64_t asked, const char *peer,
                int rule);

/* Judges, and gives "PROCESS: WHAT: expected EXPECTED, got GOT\n" for every failure; the world's, valid until
 * the next. */
const char *world_judge(struct world *world);

#endif
