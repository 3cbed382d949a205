/* The command line of `sockfault shrink`. */
#ifndef SOCKFAULT_SHRINK_OPTIONS_H
#define SOCKFAULT_SHRINK_OPTIONS_H

#include "harness/cli/cli.h"
#include "harness/cli/select.h"
#include "harness/sweep/shrink/shrink.h"

struct shrink_command {
    const char *path; /* of the scenario */
    struct filter filter;
    struct shrink_options options;
    int64_t budget_ns;   /* 0: none */
    const char *output;  /* NULL: NAME.shrunk.yaml */
    const char *timeout; /* as written; NULL: not said */
};

/* Zeroes and fills in *ret; the words it holds are argv's. As cli_parse. */
enum cli_next shrink_options_parse(int argc, char **argv, struct shrink_command *ret);
void shrink_options_free(struct shrink_command *command);

#endif
