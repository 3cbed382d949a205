#include "harness/cli/run_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_SEED = 256,
    KEY_REPEAT,
    KEY_ONLY,
    KEY_TAG,
    KEY_SHARD,
    KEY_TIME,
    KEY_TIMEOUT,
    KEY_KEEP,
    KEY_REPORT,
    KEY_FAIL_FAST,
    KEY_LIST,
    JOBS_MAX = 1024,
    REPEAT_MAX = 1000000,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "Which experiments:", 1},
    {"only", KEY_ONLY, "GLOB", 0, "those whose name, claim or file matches; several: any of them", 1},
    {"tag", KEY_TAG, "TAG", 0, "those with that tag, or without it: '!TAG'; several: all of them", 1},
    {"shard", KEY_SHARD, "I/N", 0, "the I-th of N shares (also TEST_SHARD_INDEX, TEST_TOTAL_SHARDS)", 1},
    {"list", KEY_LIST, NULL, 0, "print their names, run nothing", 1},
    {NULL, 0, NULL, 0, "How:", 2},
    {"jobs", 'j', "N", 0, "so many at once (default: two per core)", 2},
    {"seed", KEY_SEED, "N", 0, "for draws (default: 1)", 2},
    {"repeat", KEY_REPEAT, "N", 0, "each so often (default: 1)", 2},
    {"time", KEY_TIME, "CLOCK", 0,
     "real or virtual, whatever a scenario says (default: as it says, else virtual)", 2},
    {"timeout", KEY_TIMEOUT, "T", 0, "for an experiment that does not say: 20ms, 5s, 2min (default: 10s)", 2},
    {"fail-fast", KEY_FAIL_FAST, NULL, 0, "start nothing more once one has failed", 2},
    {NULL, 0, NULL, 0, "What is told:", 3},
    {"report", KEY_REPORT, "FORMAT[=FILE]", 0,
     "text (default), tap, junit, json; several, one of them without FILE", 3},
    {"keep", KEY_KEEP, NULL, 0, "leave the experiments' folders, and say where they are", 3},
    {"quiet", 'q', NULL, 0, "tell of failures and the sum alone", 3},
    {0},
};

static bool out_of_memory(const struct argp_state *state)
{
    argp_failure(state, 0, ENOMEM, "cannot keep the command line");
    return false;
}

static error_t number(const struct argp_state *state, const char *option, const char *text, unsigned int high,
                      unsigned int *ret)
{
    unsigned long long value;
    char expected[64];
    if (cli_number(text, 1, high, &value)) {
        *ret = (unsigned int)value;
        return 0;
    }
    snprintf(expected, sizeof expected, "a number from 1 to %u", high);
    return cli_wrong(state, option, text, expected);
}

static error_t seed(const struct argp_state *state, const char *text, uint64_t *ret)
{
    unsigned long long value;
    if (!cli_number(text, 0, UINT64_MAX, &value))
        return cli_wrong(state, "--seed", text, "a number from 0 to 18446744073709551615");
    *ret = value;
    return 0;
}

static error_t timeout(const struct argp_state *state, const char *text, struct run_command *command)
{
    if (!cli_duration(text, &command->options.timeout_ns))
        return cli_wrong(state, "--timeout", text, CLI_DURATION);
    command->timeout = text;
    return 0;
}

/* Bazel's protocol: the index is 0-based, and a file is touched to say that sharding is understood. */
static error_t shard_of_environment(const struct argp_state *state, struct filter *filter)
{
    const char *index = getenv("TEST_SHARD_INDEX"), *total = getenv("TEST_TOTAL_SHARDS");
    const char *touch = getenv("TEST_SHARD_STATUS_FILE");
    unsigned long long i, n;
    if (filter->shards != 0 || index == NULL || total == NULL)
        return 0;
    if (!cli_number(total, 1, CLI_SHARDS_MAX, &n) || !cli_number(index, 0, n - 1, &i)) {
        argp_error(state, "got TEST_SHARD_INDEX=%s TEST_TOTAL_SHARDS=%s, expected 0 <= INDEX < TOTAL", index,
                   total);
        return EINVAL;
    }
    filter->shard = (unsigned int)i + 1;
    filter->shards = (unsigned int)n;
    int fd = touch == NULL ? -1 : open(touch, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
    return 0;
}

static error_t at_end(const struct argp_state *state, struct run_command *command)
{
    if (command->paths.count == 0) {
        argp_error(state, "got no PATH, expected a scenario file or a folder of them");
        return EINVAL;
    }
    return shard_of_environment(state, &command->filter);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct run_command *command = state->input;
    switch (key) {
    case 'j':
        return number(state, "--jobs", argument, JOBS_MAX, &command->options.jobs);
    case KEY_SEED:
        return seed(state, argument, &command->options.seed);
    case KEY_REPEAT:
        return number(state, "--repeat", argument, REPEAT_MAX, &command->options.repeat);
    case KEY_ONLY:
        return words_add(&command->filter.only, argument) || out_of_memory(state) ? 0 : ENOMEM;
    case KEY_TAG:
        return words_add(&command->filter.tags, argument) || out_of_memory(state) ? 0 : ENOMEM;
    case KEY_SHARD:
        return cli_shard(argument, &command->filter.shard, &command->filter.shards)
                   ? 0
                   : cli_wrong(state, "--shard", argument, CLI_SHARD);
    case KEY_TIME:
        return clock_read(argument, &command->options.clock)
                   ? 0
                   : cli_wrong(state, "--time", argument, CLOCK_WORDS);
    case KEY_TIMEOUT:
        return timeout(state, argument, command);
    case KEY_REPORT:
        return outputs_option(state, argument, &command->reports.outputs);
    case KEY_KEEP:
        command->options.keep = true;
        return 0;
    case KEY_FAIL_FAST:
        command->options.fail_fast = true;
        return 0;
    case KEY_LIST:
        command->list = true;
        return 0;
    case 'q':
        command->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        return words_add(&command->paths, argument) || out_of_memory(state) ? 0 : ENOMEM;
    case ARGP_KEY_END:
        return at_end(state, command);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum cli_next run_options_parse(int argc, char **argv, struct run_command *ret)
{
    static const struct argp argp = {
        options,
        parse,
        "PATH...",
        "Run scenarios: files, or folders with all *.yaml and *.yml below them.\v"
        "Exit status: 0 all held; 1 something did not; 2 the command line or a scenario is wrong; 3 "
        "Sockfault could "
        "not do its work. The last line is `N passed, N failed', with `, N skipped' where some were.",
        NULL,
        NULL,
        NULL,
    };
    *ret = (struct run_command){
        .options = {.timeout_ns = INT64_C(10000000000), .seed = 1, .jobs = cli_jobs(), .repeat = 1},
        .reports.outputs.format_name = run_report_name,
    };
    return cli_parse(&argp, 0, argc, argv, ret);
}

void run_options_free(struct run_command *command)
{
    free(command->paths.items);
    free(command->filter.only.items);
    free(command->filter.tags.items);
}
