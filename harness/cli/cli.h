/*
 * The commands of `sockfault`, and what they share. A command gets its own part of the command line; argv[0]
 * is what sockfault was called by, a blank and the command's name ("build/sockfault run"), for messages. It
 * returns the exit status; none of them exits.
 */
#ifndef SOCKFAULT_CLI_H
#define SOCKFAULT_CLI_H

#include "harness/diag.h"

#include <argp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Besides enum status, `run`, `sweep`, `replay` and `shrink` return 128 + the signal that stopped it, and
 * `wrap` what env(1) would: the status of its program, 128 + N, or one of enum wrap_status.
 */
enum status command_run(int argc, char **argv);
enum status command_wrap(int argc, char **argv);
enum status command_check(int argc, char **argv);
enum status command_list(int argc, char **argv);
enum status command_doctor(int argc, char **argv);
enum status command_ctl(int argc, char **argv);
enum status command_sweep(int argc, char **argv);
enum status command_replay(int argc, char **argv);
enum status command_shrink(int argc, char **argv);

enum cli_next { CLI_GO_ON, CLI_HELPED, CLI_WRONG };

/*
 * argp_parse as the contract of exit statuses wants it: never exits. --help prints to stdout (CLI_HELPED: the
 * command is over with STATUS_HELD); a wrong option or argument is said on stderr by argp or by the parser,
 * through argp_error or cli_wrong (CLI_WRONG: over with STATUS_USAGE). `flags` are ARGP_IN_ORDER or 0.
 */
enum cli_next cli_parse(const struct argp *argp, unsigned int flags, int argc, char **argv, void *input);

/*
 * For parsers: says "sockfault run: --jobs: got 'x', expected ..." on stderr, and where help is. Returns
 * EINVAL, for the parser to return.
 */
error_t cli_wrong(const struct argp_state *state, const char *option, const char *got, const char *expected);

/* What sockfault was called by, of a command's argv[0], as one word of a shell; malloc'd. */
char *cli_called_by(const char *command);

/* Prints a diag to stderr: "sockfault: " goes in front of a message that has no place of its own. */
void cli_say(const struct diag *diag);

/* Prints the line of an expression and a caret under its column (from 1), to stderr below an error. */
void cli_show(const char *text, unsigned int column);

/* A decimal number from `low` to `high`, and nothing else. */
bool cli_number(const char *text, unsigned long long low, unsigned long long high, unsigned long long *ret);

/* A duration over 0, such as "250us", "20ms", "5s" or "2min"; CLI_DURATION says what was expected. */
#define CLI_DURATION "a duration: a number with a unit, such as 250us, 20ms, 5s or 2min"
bool cli_duration(const char *text, int64_t *ret_ns);

/* "I/N" with 1 <= I <= N; CLI_SHARD says what was expected. */
enum { CLI_SHARDS_MAX = 100000 };
#define CLI_SHARD "I/N with 1 <= I <= N, such as 2/3"
bool cli_shard(const char *text, unsigned int *ret_shard, unsigned int *ret_shards);

/* So many at once if it is not said: two for each processor we may use. */
unsigned int cli_jobs(void);

/* Where the parts of Sockfault are. */
struct installation {
    char shim[PATH_MAX];        /* libsockfault.so */
    char third_party[PATH_MAX]; /* the folder of third-party programs, or "" */
};

/*
 * The shim is SOCKFAULT_SHIM if that is set, else beside the executable, else in ../lib/sockfault or ../lib
 * of it. false with *diag (TROUBLE), naming all places looked at, when it is not there.
 */
bool installation_find(struct installation *ret, struct diag *diag);

#endif
