#include "tests/unit/sweep_made.h"

#include <stdlib.h>
#include <string.h>

struct survey_call made_call(const char *process, enum call_id call, uint64_t offset, uint32_t connection,
                             uint64_t nth, conditions facts)
{
    return (struct survey_call){.process = (char *)process,
                                .call = call,
                                .connection = connection,
                                .nth = nth,
                                .nth_on_connection = connection > 0 ? nth : 0,
                                .facts = facts,
                                .frames = {{(char *)"prog", offset}},
                                .frame_count = 1,
                                .site = (char *)"prog.c:7"};
}

struct process_result made_process(const char *name, int status, const char *out)
{
    return (struct process_result){.name = strdup(name),
                                   .started = true,
                                   .ended = true,
                                   .status = status,
                                   .hello = true,
                                   .out = strdup(out),
                                   .out_len = strlen(out),
                                   .err = strdup(""),
                                   .fds_before = 5,
                                   .fds_after = 5,
                                   .zombies = 0};
}

struct result made_pair(void)
{
    struct result result = {.name = strdup("a pair"), .verdict = VERDICT_PASS};
    result.processes = calloc(3, sizeof *result.processes);
    result.process_count = 3;
    result.processes[0] = made_process("server", 0, "");
    result.processes[0].stopped_by_us = true;
    result.processes[1] = made_process("client", 0, "hello\n");
    result.processes[2] = made_process("client#next", 0, "hello\n");
    result.rules = calloc(1, sizeof *result.rules);
    result.rule_count = 1;
    result.rules[0] = (struct rule_result){.matched = 1, .fired = 1};
    return result;
}
