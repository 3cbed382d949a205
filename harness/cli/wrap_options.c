#include "harness/aim/aim.h"
#include "harness/cli/wrap.h"
#include "shim/model/expr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_TRACE = 256, KEY_SEED, KEY_REQUIRE_FIRED, KEY_CONTROL, KEY_TIME };

static const struct argp_option options[] = {
    {"fault", 'f', "EXPR", 0,
     "a rule, or several joined by ';': [PROCESS/]CALLS:KEY[=VALUE]... (may be repeated)", 1},
    {"seed", KEY_SEED, "N", 0, "for draws (default: 1)", 1},
    {"time", KEY_TIME, "CLOCK", 0, "real or virtual (default: real)", 1},
    {"trace", KEY_TRACE, "FILE", OPTION_ARG_OPTIONAL, "print every call, to FILE or standard error", 2},
    {"control", KEY_CONTROL, "SOCKET", 0,
     "answer sockfault ctl at SOCKET, which is made: rules come and go while PROG runs", 1},
    {"quiet", 'q', NULL, 0, "no line at the end", 2},
    {"require-fired", KEY_REQUIRE_FIRED, NULL, 0, "a rule that did nothing is a failure: status 125", 2},
    {0},
};

static bool check_regex(const struct wrap_command *command, const char *text, const struct rule *rule)
{
    struct matcher *scratch = malloc(sizeof *scratch);
    struct diag diag = {0};
    unsigned int column = 1;
    bool good = scratch != NULL && aim_regex(rule, scratch, &column, &diag);
    free(scratch);
    if (good)
        return true;
    column += aim_column(text, (const char *)rule->match.bytes) - 1;
    fprintf(stderr, "--fault#%u:1:%u: error: %s\n", command->fault_count, column, diag.text);
    cli_show(text, column);
    return false;
}

bool wrap_aim(struct wrap_command *command, const struct program *program)
{
    const char *path = program->interpreter[0] ? program->interpreter : program->path;
    for (uint32_t i = 0; i < command->rule_count; i++) {
        struct rule *rule = &command->rules[i];
        const char *text = command->texts[command->origins[i] - 1];
        struct diag diag = {0};
        if (!aim_needs_program(rule) || aim_at_program(rule, path, NULL, &diag))
            continue;
        unsigned int column = aim_column(text, rule->site.text);
        fprintf(stderr, "--fault#%d:1:%u: error: %s\n", command->origins[i], column, diag.text);
        cli_show(text, column);
        return false;
    }
    return true;
}

static error_t add_fault(struct wrap_command *command, const char *text)
{
    struct expr_error error;
    int room = RULES_MAX - (int)command->rule_count;
    command->fault_count++;
    if (room == 0) {
        fprintf(stderr, "--fault#%u:1:1: error: got a rule too many, expected at most %d\n",
                command->fault_count, RULES_MAX);
        return EINVAL;
    }
    int count = expr_parse(text, command->rules + command->rule_count, room, &error);
    if (count < 0) {
        fprintf(stderr, "--fault#%u:1:%u: error: %s\n", command->fault_count, error.column, error.message);
        cli_show(text, error.column);
        return EINVAL;
    }
    for (int i = 0; i < count; i++) {
        if (!check_regex(command, text, &command->rules[command->rule_count]))
            return EINVAL;
        command->origins[command->rule_count++] = (int)command->fault_count;
    }
    command->texts[command->fault_count - 1] = text;
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct wrap_command *command = state->input;
    unsigned long long seed;
    switch (key) {
    case 'f':
        return add_fault(command, argument);
    case KEY_SEED:
        if (!cli_number(argument, 0, UINT64_MAX, &seed))
            return cli_wrong(state, "--seed", argument, "a number from 0 to 18446744073709551615");
        command->seed = seed;
        return 0;
    case KEY_CONTROL:
        command->control = argument;
        return 0;
    case KEY_TIME:
        return clock_read(argument, &command->clock) ? 0 : cli_wrong(state, "--time", argument, CLOCK_WORDS);
    case KEY_TRACE:
        command->trace = true;
        command->trace_file = argument;
        return 0;
    case 'q':
        command->quiet = true;
        return 0;
    case KEY_REQUIRE_FIRED:
        command->require_fired = true;
        return 0;
    case ARGP_KEY_ARGS:
        command->arguments = state->argv + state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "got no PROG, expected the program to run");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum cli_next wrap_options_parse(int argc, char **argv, struct wrap_command *ret)
{
    static const struct argp argp = {
        options,
        parse,
        "[--] PROG [ARG...]",
        "Run one program under faults.\v"
        "Exit status, as of env(1): PROG's own; 128 + N when signal N ended it; 125 when Sockfault itself "
        "failed or a "
        "--fault is wrong; 126 when PROG cannot be executed; 127 when it is not there.",
        NULL,
        NULL,
        NULL,
    };
    *ret = (struct wrap_command){.seed = 1, .clock = CLOCK_REAL};
    return cli_parse(&argp, ARGP_IN_ORDER, argc, argv, ret);
}
