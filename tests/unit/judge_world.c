#include "tests/unit/judge_world.h"

#include "shim/model/endpoint.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void init_process(struct world *world, int i)
{
    static char names[WORLD_PROCESSES][8] = {"client", "server", "third", "fourth"};
    world->processes[i] = (struct scenario_process){
        .name = names[i],
        .shim = true,
        .stop_signal = SIGTERM,
        .stop_timeout_ns = 2000000000,
        .output_limit = 1048576,
        .count = 1,
        .ready = READY_EXIT,
        .place = {"x.yaml", 3 + i, 3},
    };
    world->processes[i].expect.running = -1;
    world->processes[i].expect.serves.process = -1;
    world_add(world, i, names[i], -1);
}

void world_init(struct world *world, size_t processes)
{
    static char file[] = "x.yaml", name[] = "the claim";
    static const struct rule none;
    memset(world, 0, sizeof *world);
    world->board = calloc(1, sizeof *world->board);
    board_init(world->board, &none, 0, 1, 0, 1);
    world->result.processes = calloc(WORLD_PROCESSES, sizeof *world->result.processes);
    world->result.rules = calloc(WORLD_FAULTS, sizeof *world->result.rules);
    for (size_t i = 0; i < processes; i++)
        init_process(world, (int)i);
    world->experiment = (struct experiment){
        .file = file,
        .name = name,
        .processes = world->processes,
        .process_count = processes,
        .faults = world->faults,
        .place = {"x.yaml", 1, 1},
    };
    world->observed.board = world->board;
    world->observed.runtime = &world->runtime;
    world->observed.processes = world->seen;
    world->observed.timeout_ns = 10000000000;
    world->runtime.ports[1] = 4711;
    world->runtime.dir = world->runtime.root = "/";
}

static void free_texts(struct text_expectations *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        if (texts->items[i].test == TEXT_MATCHES)
            regfree(&texts->items[i].regex);
    free(texts->items);
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < WORLD_PROCESSES; i++) {
        free_texts(&world->processes[i].expect.out);
        free_texts(&world->processes[i].expect.err);
        free_texts(&world->processes[i].expect.serves.out);
        free(world->seen[i].calls);
    }
    result_free(&world->result);
    free(world->board);
}

size_t world_add(struct world *world, int process, const char *name, int probe_of)
{
    size_t i = world->result.process_count++;
    int role = (int)board_role(world->board, name);
    world->observed.process_count = world->result.process_count;
    world->seen[i] =
        (struct observed_process){.process = process, .instance = 1, .probe_of = probe_of, .role = role};
    world->result.processes[i] = (struct process_result){
        .name = strdup(name),
        .command = strdup(name),
        .started = true,
        .ended = true,
        .elapsed_ns = 5000000,
        .hello = true,
        .fds_before = -1,
        .fds_after = -1,
        .zombies = -1,
    };
    return i;
}

void world_service(struct world *world, size_t i)
{
    world->processes[world->seen[i].process].service = true;
    world->result.processes[i].stopped_by_us = true;
}

struct scenario_fault *world_rule(struct world *world, const char *expression, uint64_t matched,
                                  uint64_t fired, uint64_t refused)
{
    size_t i = world->result.rule_count++;
    struct scenario_fault *fault = &world->faults[i];
    struct expr_error error = {0};
    world->experiment.fault_count = world->result.rule_count;
    cr_assert_eq(expr_parse(expression, &fault->rule, 1, &error), 1, "%s: %s", expression, error.message);
    fault->fired = (struct range){1, UINT64_MAX};
    fault->place = (struct place){"x.yaml", 8 + (int)i, 5};
    world->result.rules[i] = (struct rule_result){
        .text = strdup(expression),
        .matched = matched,
        .fired = fired,
        .refused = refused,
    };
    return fault;
}

void world_text(struct text_expectations *texts, enum text_test test, const char *text)
{
    texts->items = realloc(texts->items, (texts->count + 1) * sizeof *texts->items);
    struct text_expectation *item = &texts->items[texts->count++];
    *item = (struct text_expectation){.test = test, .text = (char *)text, .place = {"x.yaml", 12, 20}};
    if (test == TEXT_MATCHES)
        cr_assert_eq(regcomp(&item->regex, text, REG_EXTENDED), 0);
}

void world_wrote(struct world *world, size_t i, bool err, const char *bytes, size_t len)
{
    struct process_result *process = &world->result.processes[i];
    char *copy = malloc(len + 1);
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    free(err ? process->err : process->out);
    *(err ? &process->err : &process->out) = copy;
    *(err ? &process->err_len : &process->out_len) = len;
}

void world_call(struct world *world, size_t i, enum call_id call, int fd, int64_t asked, const char *peer,
                int rule)
{
    struct observed_process *seen = &world->seen[i];
    uint64_t number;
    struct trace_record *record = board_trace_begin(world->board, &number);
    record->role = (uint16_t)seen->role;
    record->call = (uint16_t)call;
    record->kind = TRACE_CALL;
    record->fd = fd;
    record->asked = asked;
    record->rule = (int16_t)rule;
    if (peer != NULL)
        cr_assert(endpoint_parse(peer, strlen(peer), &record->peer));
    board_trace_commit(record, number);
    seen->counts.calls[call]++;
    seen->calls = realloc(seen->calls, (seen->call_count + 1) * sizeof *seen->calls);
    seen->calls[seen->call_count++] = (uint16_t)call;
}

const char *world_judge(struct world *world)
{
    static char text[8192];
    size_t used = 0;
    judge_experiment(&world->experiment, &world->observed, &world->result);
    text[0] = '\0';
    for (size_t i = 0; i < world->result.failure_count; i++) {
        const struct failure *failure = &world->result.failures[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s: %s: expected %s, got %s\n",
                                 failure->process == NULL ? "-" : failure->process, failure->what,
                                 failure->expected, failure->got);
        cr_assert_lt(used, sizeof text);
    }
    return text;
}
