/* The command line of `sockfault sweep`. */
#ifndef SOCKFAULT_SWEEP_OPTIONS_H
#define SOCKFAULT_SWEEP_OPTIONS_H

#include "harness/cli/cli.h"
#include "harness/cli/select.h"
#include "harness/cli/sweep_reports.h"
#include "harness/sweep/command/command.h"
#include "harness/sweep/sweep.h"

struct sweep_command {
    const char *path;    /* of the scenario; NULL: it is made of */
    struct command made; /* ... this command, not named yet */
    bool print_scenario;
    char valgrind[PATH_MAX]; /* for --with=valgrind: found before anything is run */
    struct sweep_options options;
    struct words in, only, same;
    int64_t budget_ns;   /* 0: none */
    const char *records; /* folder */
    struct sweep_reports reports;
    bool list;
    bool pairs;                /* sweep_pairs_run */
    bool coverage;             /* is told */
    const char *coverage_keep; /* folder; NULL: what was counted is not kept */
};

/* Zeroes and fills in *ret; the words it holds are argv's. As cli_parse. */
enum cli_next sweep_options_parse(int argc, char **argv, struct sweep_command *ret);
void sweep_options_free(struct sweep_command *command);

#endif
