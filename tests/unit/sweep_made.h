/* Surveys and results made by hand, for the tests of sweeps. */
#ifndef SOCKFAULT_TESTS_SWEEP_MADE_H
#define SOCKFAULT_TESTS_SWEEP_MADE_H

#include "harness/run/result/result.h"
#include "harness/sweep/survey/survey.h"

#define IS(name) CONDITION_SET(name)

/* Conditions of a blocking TCP receive, of an answer. */
#define OF_RECV                                                                                              \
    (IS(SOCKET) | IS(TCP) | IS(INET) | IS(IPV4) | IS(STREAM) | IS(CONNECTED) | IS(BLOCKING) | IS(SEVERAL) |  \
     IS(LOWAT) | IS(PARTIAL) | IS(ORDINARY) | IS(UNCOUNTED) | IS(BARE) | IS(OPEN) | IS(ALIVE) | IS(UNTOLD) | \
     IS(GOING) | IS(UNANSWERED) | IS(UNQUEUED))

/* A call at `offset` of the program; strings are the caller's, and static. */
struct survey_call made_call(const char *process, enum call_id call, uint64_t offset, uint32_t connection,
                             uint64_t nth, conditions facts);

/* A process that ended with that status and wrote that; freed with result_free. */
struct process_result made_process(const char *name, int status, const char *out);

/* A result of a server that was stopped by us, and a client that gave status 0 and "hello\n"; with a rule
 * that fired. Freed with result_free. */
struct result made_pair(void);

#endif
