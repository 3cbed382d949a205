/* `sockfault check PATH...`: reads and validates scenarios, runs nothing. */
#include "harness/cli/cli.h"
#include "harness/scenario/scenario.h"

#include <stdio.h>

struct paths {
    char **items;
    size_t count;
};

static error_t read_key(int key, char *argument, struct argp_state *state)
{
    struct paths *paths = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_ARGS:
        paths->items = state->argv + state->next;
        paths->count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "got no PATH, expected a scenario file or a folder of them");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void say(void *context, const struct diag *diag)
{
    (void)context;
    cli_say(diag);
}

static void say_count(const struct scenario_set *set)
{
    printf("%zu scenario%s, %zu experiment%s: all right\n", set->file_count, set->file_count == 1 ? "" : "s",
           set->count, set->count == 1 ? "" : "s");
}

enum status command_check(int argc, char **argv)
{
    static const struct argp argp = {
        .parser = read_key,
        .args_doc = "PATH...",
        .doc = "Reads scenario files, or all in a folder and below, and says what is wrong with them. Runs "
               "nothing.",
    };
    struct paths paths = {0};
    struct scenario_set set = {0};
    enum status status = STATUS_HELD;
    enum cli_next next = cli_parse(&argp, 0, argc, argv, &paths);
    if (next != CLI_GO_ON)
        return next == CLI_HELPED ? STATUS_HELD : STATUS_USAGE;
    for (size_t i = 0; i < paths.count; i++) {
        struct diag diag = {0};
        if (!scenario_read(paths.items[i], &set, &diag, say, NULL) && status < diag.status)
            status = diag.status;
    }
    if (status == STATUS_HELD)
        say_count(&set);
    scenario_set_free(&set);
    return status;
}
