#include "harness/cli/shrink_options.h"

#include <errno.h>
#include <stdlib.h>

enum { KEY_ONLY = 256, KEY_SEED, KEY_TIME, KEY_TIMEOUT, KEY_BUDGET };

static const struct argp_option options[] = {
    {"only", KEY_ONLY, "NAME", 0, "that experiment, where a matrix has several: a name or a glob", 0},
    {"output", 'o', "FILE", 0, "where what is left is put (default: NAME.shrunk.yaml)", 0},
    {"budget", KEY_BUDGET, "T", 0, "run nothing more after so long, and keep the best so far: 30s, 5min", 0},
    {"seed", KEY_SEED, "N", 0, "for draws, where the scenario does not say (default: 1)", 0},
    {"time", KEY_TIME, "CLOCK", 0, "real or virtual (default: as the scenario says, else virtual)", 0},
    {"timeout", KEY_TIMEOUT, "T", 0, "for an experiment that does not say: 20ms, 5s, 2min (default: 10s)", 0},
    {0},
};

static error_t add_path(const struct argp_state *state, const char *text, struct shrink_command *command)
{
    if (command->path != NULL)
        return cli_wrong(state, "SCENARIO", text, "one scenario file");
    command->path = text;
    return 0;
}

static error_t add_only(struct argp_state *state, const char *text, struct shrink_command *command)
{
    if (words_add(&command->filter.only, text))
        return 0;
    argp_failure(state, 0, ENOMEM, "cannot keep the command line");
    return ENOMEM;
}

static error_t at_end(const struct argp_state *state, const struct shrink_command *command)
{
    if (command->path != NULL)
        return 0;
    argp_error(state, "got no SCENARIO, expected a scenario file");
    return EINVAL;
}

static error_t duration(const struct argp_state *state, const char *option, const char *text, int64_t *ret)
{
    return cli_duration(text, ret) ? 0 : cli_wrong(state, option, text, CLI_DURATION);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct shrink_command *command = state->input;
    struct run_options *run = &command->options.run;
    unsigned long long seed;
    switch (key) {
    case KEY_ONLY:
        return add_only(state, argument, command);
    case 'o':
        command->output = argument;
        return *argument != '\0' ? 0 : cli_wrong(state, "--output", argument, "a file");
    case KEY_BUDGET:
        return duration(state, "--budget", argument, &command->budget_ns);
    case KEY_SEED:
        if (!cli_number(argument, 0, UINT64_MAX, &seed))
            return cli_wrong(state, "--seed", argument, "a number from 0 to 18446744073709551615");
        run->seed = seed;
        return 0;
    case KEY_TIME:
        return clock_read(argument, &run->clock) ? 0 : cli_wrong(state, "--time", argument, CLOCK_WORDS);
    case KEY_TIMEOUT:
        command->timeout = argument;
        return duration(state, "--timeout", argument, &run->timeout_ns);
    case ARGP_KEY_ARG:
        return add_path(state, argument, command);
    case ARGP_KEY_END:
        return at_end(state, command);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum cli_next shrink_options_parse(int argc, char **argv, struct shrink_command *ret)
{
    static const struct argp argp = {
        options,
        parse,
        "SCENARIO",
        "Of all faults that befell a scenario that fails, find the fewest with which it still fails in the "
        "same way, and write them as a scenario.\v"
        "Exit status: 0 it is written; 2 the command line or the scenario is wrong, or it does not fail by "
        "its faults; 3 Sockfault could not do its work, or nothing steady came of it.",
        NULL,
        NULL,
        NULL,
    };
    *ret = (struct shrink_command){
        .options = {.run = {.timeout_ns = INT64_C(10000000000), .seed = 1, .jobs = 1, .repeat = 1}},
    };
    return cli_parse(&argp, 0, argc, argv, ret);
}

void shrink_options_free(struct shrink_command *command)
{
    free(command->filter.only.items);
}
