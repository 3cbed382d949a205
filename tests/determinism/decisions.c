/*
 * What was decided in one run of a program, as a multiset that can be compared.
 *
 *   decisions SHIM SEED RULES PROGRAM ARG...
 *
 * Prints a line for each call at which something was injected: connection, call, its number among that
 * connection's calls of that name, rule, recipe, delay in nanoseconds, result and errno. In no order: sort
 * it. What the program prints comes before. Status 1: the program failed, or part of the trace was lost.
 */
#include "harness/cli/wrap.h"
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 1024 };

static bool run(const struct stage *stage, const char *shim, char **arguments)
{
    struct program program = {0};
    const char *runtime = getenv("RUNTIME");
    int status = 0;
    if (runtime)
        snprintf(program.sanitizer, sizeof program.sanitizer, "%s", runtime);
    pid_t pid = fork();
    if (pid == 0) {
        if (stage_enter(stage, shim, &program))
            execv(arguments[0], arguments);
        err(127, "%s", arguments[0]);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void print(const struct trace_record *record, unsigned int ordinal)
{
    if (record->rule < 0 && record->delay_ns == 0)
        return;
    printf("connection %u %s %u: rule %d %s delay %lld result %lld errno %d\n", record->connection,
           call_info((enum call_id)record->call)->name, ordinal, record->rule + 1,
           recipe_name((enum recipe)record->recipe), (long long)record->delay_ns, (long long)record->result,
           record->error);
}

/* Whether all of it was there. */
static bool print_trace(const struct board *board)
{
    static unsigned int ordinals[CONNECTIONS][CALL_COUNT];
    uint64_t head = atomic_load(&board->trace_head);
    for (uint64_t i = 0; i < head; i++) {
        struct trace_record record;
        if (board_trace_read(board, i, &record) != 1)
            return false;
        bool concerns = record.kind == TRACE_CALL && record.connection > 0;
        if (concerns && (record.connection >= CONNECTIONS || record.call >= CALL_COUNT))
            return false;
        if (concerns)
            print(&record, ++ordinals[record.connection][record.call]);
    }
    return head > 0;
}

int main(int argc, char **argv)
{
    static struct rule rules[RULES_MAX];
    struct expr_error error;
    struct stage stage;
    struct diag diag = {0};
    if (argc < 5)
        errx(2, "usage: %s SHIM SEED RULES PROGRAM ARG...", argv[0]);
    int count = expr_parse(argv[3], rules, RULES_MAX, &error);
    if (count < 0)
        errx(2, "RULES:1:%u: error: %s", error.column, error.message);
    if (!stage_open(&stage, rules, (uint32_t)count, strtoull(argv[2], NULL, 10), BOARD_TRACING, &diag))
        errx(1, "%s", diag.text);
    bool good = run(&stage, argv[1], argv + 4) && print_trace(stage.board);
    stage_close(&stage);
    return good ? 0 : 1;
}
