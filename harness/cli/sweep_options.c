#include "harness/cli/sweep_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_TIER = 256,
    KEY_IN,
    KEY_ONLY,
    KEY_SAME,
    KEY_PAIRS,
    KEY_SHARD,
    KEY_BUDGET,
    KEY_FRESH,
    KEY_SEED,
    KEY_TIME,
    KEY_TIMEOUT,
    KEY_REPORT,
    KEY_RECORDS,
    KEY_LIST,
    KEY_COVERAGE,
    KEY_SERVER,
    KEY_CLIENT,
    KEY_PORT,
    KEY_NETWORK,
    KEY_PRINT_SCENARIO,
    KEY_WITH,
    JOBS_MAX = 1024,
    TIERS = TIER_PORTABLE + 1,
};

static const int64_t timeout_usual_ns = INT64_C(10000000000), timeout_slow_ns = INT64_C(30000000000);

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "Without a scenario:", 0},
    {"server", KEY_SERVER, "CMD", 0,
     "a server, ready when it listens; words as of a shell, ${port} is a free port", 0},
    {"client", KEY_CLIENT, "CMD", 0,
     "its client: what it prints and how it ends is what has to stay the same", 0},
    {"port", KEY_PORT, "N", 0, "the port the server is to listen on; ${port} is that one", 0},
    {"network", KEY_NETWORK, "NETWORK", 0,
     "own, or machine: whoever listens there can be reached (default: own, unless PROG needs the other)", 0},
    {"print-scenario", KEY_PRINT_SCENARIO, NULL, 0, "print the scenario that is made of it, try nothing", 0},
    {NULL, 0, NULL, 0, "What is tried:", 1},
    {"tier", KEY_TIER, "TIER,...", 0,
     "network, signals, resources, portable or all (default: network,signals,resources)", 1},
    {"in", KEY_IN, "PROCESS,...", 0, "faults in these processes alone", 1},
    {"only", KEY_ONLY, "GLOB", 0,
     "those of which 'PROCESS/CALL:FAULT SITE' matches; '!GLOB': the others; several: any of them, and none "
     "with '!'",
     1},
    {"same", KEY_SAME, "GLOB", 0,
     "of those that match: the result has to stay the same, where a program might give up", 1},
    {"shard", KEY_SHARD, "I/N", 0, "the I-th of N shares", 1},
    {"budget", KEY_BUDGET, "T", 0, "start nothing more after so long: 30s, 5min", 1},
    {"pairs", KEY_PAIRS, NULL, 0, "where a fault leads to code not reached before: try a second one there",
     1},
    {"list", KEY_LIST, NULL, 0, "print what would be tried, try nothing", 1},
    {NULL, 0, NULL, 0, "How:", 2},
    {"jobs", 'j', "N", 0, "so many at once (default: two per core)", 2},
    {"fresh", KEY_FRESH, NULL, 0, "start everything afresh for each experiment", 2},
    {"seed", KEY_SEED, "N", 0, "for draws of the scenario's own rules (default: 1)", 2},
    {"time", KEY_TIME, "CLOCK", 0, "real or virtual (default: as the scenario says, else virtual)", 2},
    {"with", KEY_WITH, "TOOL", 0,
     "look for memory errors: valgrind (by the real clock), or asan, for programs built with "
     "-fsanitize=address",
     2},
    {"timeout", KEY_TIMEOUT, "T", 0,
     "for an experiment that does not say: 20ms, 5s, 2min (default: 10s; with valgrind 30s)", 2},
    {NULL, 0, NULL, 0, "What is told:", 3},
    {"report", KEY_REPORT, "FORMAT[=FILE]", 0,
     "text (default), json or html; several, one of them without FILE", 3},
    {"records", KEY_RECORDS, "DIR", 0, "where what repeats a defect is put (default: sockfault-records)", 3},
    {"coverage", KEY_COVERAGE, "DIR", OPTION_ARG_OPTIONAL,
     "lines and branches reached before and after, of programs built with gcc --coverage; DIR: what they "
     "counted is kept there",
     3},
    {0},
};

/* The bits of a word; 0: it is none. */
static unsigned int tier_bits(const char *word)
{
    if (strcmp(word, "all") == 0)
        return (1U << TIERS) - 1;
    for (int tier = 0; tier < TIERS; tier++)
        if (strcmp(word, tier_name((enum tier)tier)) == 0)
            return 1U << tier;
    return 0;
}

static error_t tiers(const struct argp_state *state, char *text, unsigned int *ret)
{
    *ret = 0;
    for (char *word; (word = strsep(&text, ",")) != NULL;) {
        unsigned int bits = tier_bits(word);
        if (bits == 0)
            return cli_wrong(state, "--tier", word, "network, signals, resources, portable or all");
        *ret |= bits;
    }
    return 0;
}

static error_t keep(const struct argp_state *state, const char *word, struct words *ret)
{
    if (words_add(ret, word))
        return 0;
    argp_failure(state, 0, ENOMEM, "cannot keep the command line");
    return ENOMEM;
}

static error_t glob(const struct argp_state *state, const char *option, const char *text, struct words *ret)
{
    if (text[text[0] == '!'] == '\0')
        return cli_wrong(state, option, text, "a glob over 'PROCESS/CALL:FAULT SITE'");
    return keep(state, text, ret);
}

static error_t processes(const struct argp_state *state, char *text, struct words *ret)
{
    error_t error = 0;
    for (char *word; error == 0 && (word = strsep(&text, ",")) != NULL;)
        error = *word == '\0' ? cli_wrong(state, "--in", word, "names of processes, joined by ','")
                              : keep(state, word, ret);
    return error;
}

static error_t number(const struct argp_state *state, const char *option, const char *text,
                      unsigned long long low, unsigned long long high, unsigned long long *ret)
{
    char expected[64];
    if (cli_number(text, low, high, ret))
        return 0;
    snprintf(expected, sizeof expected, "a number from %llu to %llu", low, high);
    return cli_wrong(state, option, text, expected);
}

static error_t duration(const struct argp_state *state, const char *option, const char *text, int64_t *ret)
{
    return cli_duration(text, ret) ? 0 : cli_wrong(state, option, text, CLI_DURATION);
}

static error_t path(const struct argp_state *state, const char *text, struct sweep_command *command)
{
    if (command->path != NULL)
        return cli_wrong(state, "SCENARIO", text, "one scenario file");
    command->path = text;
    return 0;
}

static error_t commands(const struct argp_state *state, const char *option, const char *text,
                        struct shell_words *ret)
{
    struct diag diag = {0};
    if (ret->count > 0)
        return cli_wrong(state, option, text, "one of it");
    if (shell_words_split(option, text, ret, &diag))
        return 0;
    cli_say(&diag);
    return EINVAL;
}

static error_t network(const struct argp_state *state, const char *text, enum command_network *ret)
{
    *ret = strcmp(text, "own") == 0       ? COMMAND_NETWORK_OWN
           : strcmp(text, "machine") == 0 ? COMMAND_NETWORK_MACHINE
                                          : COMMAND_NETWORK_UNSAID;
    return *ret != COMMAND_NETWORK_UNSAID ? 0 : cli_wrong(state, "--network", text, "own or machine");
}

static error_t complain(const struct argp_state *state, const char *got, const char *expected)
{
    argp_error(state, "got %s, expected %s", got, expected);
    return EINVAL;
}

/* A scenario, PROG, or --server and --client: one of them, and what goes with it. */
static error_t check_subject(const struct argp_state *state, const struct sweep_command *command)
{
    const struct command *made = &command->made;
    bool server = made->server.count > 0, client = made->client.count > 0, program = made->program.count > 0;
    bool pair = server || client, path = command->path != NULL;
    if (path + program + pair > 1)
        return complain(state, "more than one of SCENARIO, -- PROG and --server with --client",
                        "one of them");
    if (pair && !(server && client))
        return complain(state, server ? "--server without --client" : "--client without --server",
                        "both, or -- PROG");
    if (!path && !program && !pair)
        return complain(state, "no SCENARIO",
                        "a scenario file, -- PROG ARG..., or --server CMD --client CMD");
    if (made->port != 0 && !pair)
        return complain(state, "--port without --server and --client", "both of them");
    if (path && made->network != COMMAND_NETWORK_UNSAID)
        return complain(state, "--network with a scenario", "'network:' in the scenario");
    if (path && command->print_scenario)
        return complain(state, "--print-scenario with a scenario", "-- PROG, or --server and --client");
    return 0;
}

static error_t check_clock(const struct argp_state *state, const struct run_options *run)
{
    if (run->tool != MEMORY_VALGRIND || run->clock != CLOCK_VIRTUAL)
        return 0;
    return complain(state, "--time virtual with --with valgrind",
                    "real: valgrind's own locks look like sleep");
}

static error_t at_end(const struct argp_state *state, const struct sweep_command *command)
{
    error_t wrong = check_subject(state, command);
    return wrong != 0 ? wrong : check_clock(state, &command->options.run);
}

static error_t parse_what(int key, char *argument, struct argp_state *state, struct sweep_command *command)
{
    struct sweep_filter *filter = &command->options.filter;
    switch (key) {
    case KEY_TIER:
        return tiers(state, argument, &filter->tiers);
    case KEY_IN:
        return processes(state, argument, &command->in);
    case KEY_ONLY:
        return glob(state, "--only", argument, &command->only);
    case KEY_PAIRS:
        command->pairs = true;
        return 0;
    case KEY_SAME:
        return glob(state, "--same", argument, &command->same);
    case KEY_SHARD:
        return cli_shard(argument, &filter->shard, &filter->shards)
                   ? 0
                   : cli_wrong(state, "--shard", argument, CLI_SHARD);
    case KEY_BUDGET:
        return duration(state, "--budget", argument, &command->budget_ns);
    case KEY_LIST:
        command->list = true;
        return 0;
    case KEY_COVERAGE:
        command->coverage = true;
        command->coverage_keep = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_subject(int key, char *argument, const struct argp_state *state,
                             struct sweep_command *command)
{
    unsigned long long value = 0;
    error_t error;
    switch (key) {
    case KEY_SERVER:
        return commands(state, "--server", argument, &command->made.server);
    case KEY_CLIENT:
        return commands(state, "--client", argument, &command->made.client);
    case KEY_PORT:
        error = number(state, "--port", argument, 1, UINT16_MAX, &value);
        command->made.port = (uint16_t)value;
        return error;
    case KEY_NETWORK:
        return network(state, argument, &command->made.network);
    case KEY_WITH:
        command->options.run.tool = memory_tool_find(argument);
        return command->options.run.tool != MEMORY_NONE
                   ? 0
                   : cli_wrong(state, "--with", argument, "valgrind or asan");
    case KEY_PRINT_SCENARIO:
        command->print_scenario = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* All that is left, behind "--". */
static error_t program(struct argp_state *state, struct sweep_command *command)
{
    struct diag diag = {0};
    size_t count = (size_t)(state->argc - state->next);
    if (state->argv[state->next][0] == '\0')
        return complain(state, "an empty PROG", "the program to run");
    state->next = state->argc;
    if (shell_words_take(state->argv + state->argc - count, count, &command->made.program, &diag))
        return 0;
    cli_say(&diag);
    return ENOMEM;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct sweep_command *command = state->input;
    struct run_options *run = &command->options.run;
    unsigned long long value = 0;
    error_t error;
    switch (key) {
    case 'j':
        error = number(state, "--jobs", argument, 1, JOBS_MAX, &value);
        run->jobs = (unsigned int)value;
        return error;
    case KEY_SEED:
        error = number(state, "--seed", argument, 0, UINT64_MAX, &value);
        run->seed = value;
        return error;
    case KEY_FRESH:
        command->options.fresh = true;
        return 0;
    case KEY_TIME:
        return clock_read(argument, &run->clock) ? 0 : cli_wrong(state, "--time", argument, CLOCK_WORDS);
    case KEY_TIMEOUT:
        return duration(state, "--timeout", argument, &run->timeout_ns);
    case KEY_REPORT:
        return outputs_option(state, argument, &command->reports.outputs);
    case KEY_RECORDS:
        if (*argument == '\0')
            return cli_wrong(state, "--records", argument, "a folder");
        command->records = argument;
        return 0;
    case ARGP_KEY_ARGS:
        return program(state, command);
    case ARGP_KEY_ARG:
        if (state->quoted > 0 && state->next > state->quoted)
            return ARGP_ERR_UNKNOWN; /* all of them at once */
        return path(state, argument, command);
    case ARGP_KEY_END:
        return at_end(state, command);
    default:
        error = parse_what(key, argument, state, command);
        return error != ARGP_ERR_UNKNOWN ? error : parse_subject(key, argument, state, command);
    }
}

enum cli_next sweep_options_parse(int argc, char **argv, struct sweep_command *ret)
{
    static const struct argp argp = {
        options,
        parse,
        "SCENARIO\n-- PROG [ARG...]\n--server CMD --client CMD",
        "Find each place where the programs of a scenario touch a socket, try every fault that is legal "
        "there, "
        "and tell what they do not survive.\v"
        "Exit status: 0 no defect; 1 defects; 2 the command line or the scenario is wrong; 3 Sockfault "
        "could "
        "not do its work, or the scenario does not pass without faults. The last line is `N passed, N "
        "failed': experiments that were survived, and that were not.",
        NULL,
        NULL,
        NULL,
    };
    *ret = (struct sweep_command){
        .options = {.run = {.seed = 1, .jobs = cli_jobs(), .repeat = 1},
                    .filter = {.tiers = 1 << TIER_NETWORK | 1 << TIER_SIGNALS | 1 << TIER_RESOURCES}},
        .records = "sockfault-records",
        .reports.outputs.format_name = sweep_report_name,
    };
    enum cli_next next = cli_parse(&argp, ARGP_IN_ORDER, argc, argv, ret);
    int64_t *timeout = &ret->options.run.timeout_ns;
    if (*timeout == 0) /* not said */
        *timeout = ret->options.run.tool == MEMORY_VALGRIND ? timeout_slow_ns : timeout_usual_ns;
    ret->options.filter.only = (struct sweep_globs){ret->only.items, ret->only.count};
    ret->options.filter.same = (struct sweep_globs){ret->same.items, ret->same.count};
    ret->options.filter.in = ret->in.items;
    ret->options.filter.in_count = ret->in.count;
    return next;
}

void sweep_options_free(struct sweep_command *command)
{
    free(command->in.items);
    free(command->only.items);
    free(command->same.items);
    command_free(&command->made);
}
