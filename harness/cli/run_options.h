/* The command line of `sockfault run`. */
#ifndef SOCKFAULT_RUN_OPTIONS_H
#define SOCKFAULT_RUN_OPTIONS_H

#include "harness/cli/cli.h"
#include "harness/cli/run_reports.h"
#include "harness/cli/select.h"
#include "harness/run/experiment.h"

struct run_command {
    struct words paths;
    struct filter filter;
    struct run_reports reports;
    struct run_options options;
    const char *timeout; /* as it was said, or NULL */
    bool list, quiet;
};

/* Zeroes and fills in *ret; the words it holds are argv's. As cli_parse. */
enum cli_next run_options_parse(int argc, char **argv, struct run_command *ret);

void run_options_free(struct run_command *command);

#endif
