/* The parts of `sockfault wrap`: one program under faults. Internal to harness/cli/. */
#ifndef SOCKFAULT_WRAP_H
#define SOCKFAULT_WRAP_H

#include "harness/cli/cli.h"
#include "harness/control/book.h"
#include "harness/control/endpoint.h"
#include "harness/program/program.h"
#include "harness/run/ground/folder.h"
#include "harness/scenario/clocks.h"
#include "shim/model/board.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Exit statuses of env(1). Else it is the program's own, or 128 + the signal that ended it. */
enum wrap_status {
    WRAP_TROUBLE = 125, /* Sockfault's own failure, a wrong --fault, a rule that had to fire and did not */
    WRAP_NOT_EXECUTABLE = 126,
    WRAP_NOT_FOUND = 127,
    WRAP_SIGNAL = 128,
};

/* The command line. */
struct wrap_command {
    struct rule rules[RULES_MAX];
    int origins[RULES_MAX]; /* rules[i] stands in the so manieth --fault, from 1 */
    uint32_t rule_count, fault_count;
    const char *texts[RULES_MAX]; /* of each --fault */
    bool trace, quiet, require_fired;
    const char *trace_file; /* NULL: standard error */
    const char *control;    /* the socket's path; NULL: none */
    uint64_t seed;
    enum run_clock clock; /* CLOCK_REAL or CLOCK_VIRTUAL */
    char **arguments;     /* PROG ARG..., ends with NULL */
};

/* As cli_parse; messages about a --fault are "--fault#2:1:9: error: ...". *ret is all set. */
enum cli_next wrap_options_parse(int argc, char **argv, struct wrap_command *ret);

/* Looks up the sites of all rules in the program (of a script, its interpreter). false: one is not there,
 * which has been said. */
bool wrap_aim(struct wrap_command *command, const struct program *program);

/* A board of our own: a file in a private folder, mapped. */
struct stage {
    struct folder folder;
    char board_path[PATH_MAX + 8];
    struct board *board; /* NULL: none */
};

/* Makes folder and board. false with *diag. */
bool stage_open(struct stage *stage, const struct rule *rules, uint32_t rule_count, uint64_t seed,
                uint32_t flags, struct diag *diag);

/* Removes both. Descendants that still run keep the page they have mapped. */
void stage_close(struct stage *stage);

/* In a child, before exec: sets LD_PRELOAD (before what is there already) and SOCKFAULT_BOARD, and clears the
 * rest of ours. */
bool stage_enter(const struct stage *stage, const char *shim, const struct program *program);

/* Whether any process ever said hello on it. */
bool stage_heard(const struct stage *stage);

/*
 * A process that outlives SIGKILL of this one, in a session of its own: when this one ends without
 * janitor_dismiss, it kills what was started on the stage and removes the stage, and the control socket
 * (NULL: there is none).
 */
struct janitor {
    pid_t pid;
    int lifeline; /* -1: none */
};
bool janitor_start(struct janitor *janitor, struct stage *stage, const struct control_endpoint *control,
                   struct diag *diag);
void janitor_dismiss(struct janitor *janitor);

/* The program: our child in our own process group, so that the terminal's signals reach it by themselves. */
struct child {
    pid_t pid;
    sigset_t caught, old_mask;
    struct sigaction old_interrupt, old_quit, old_pipe, old_child;
};

/* Starts it. 0, or errno of what failed: then *ret_failed says what ("fork", "exec"). */
int child_start(struct child *child, const struct stage *stage, const char *shim,
                const struct program *program, char **arguments, const char **ret_failed);

/*
 * Waits for its end; meanwhile ^C and ^\ are the program's alone, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are
 * passed on, and when it is stopped, so are we. Returns what env(1) would exit with.
 */
int child_wait(struct child *child);

/* Gives signals back as they were. */
void child_end(struct child *child);

/* The trace, printed as it comes by a thread. */
struct wrap_trace;
/* Opens the file (NULL: standard error). NULL with *diag: it cannot be made, no memory. The board stays where
 * it is. */
struct wrap_trace *wrap_trace_open(const struct board *board, const char *file, struct diag *diag);
/* Starts printing; after all forks, which a thread and what it holds would not survive. */
bool wrap_trace_start(struct wrap_trace *trace, struct diag *diag);
/* Prints what is left, and frees it. Returns how many lines were lost, because the program was faster. */
uint64_t wrap_trace_end(struct wrap_trace *trace);

/* The programs' clock, advanced by a thread while they all rest. */
struct wrap_clock;
/* NULL with *diag. */
struct wrap_clock *wrap_clock_open(struct board *board, struct diag *diag);
/* Begins, for that process and all below it; after all forks. */
bool wrap_clock_start(struct wrap_clock *clock, pid_t program, struct diag *diag);
/* Ends and frees it. Returns why time went by as it does when it would else have been advanced, at some
 * moment; NULL: there was no such moment. */
const char *wrap_clock_end(struct wrap_clock *clock);

/* One line on stderr: what was seen and what each rule of the book did. */
void wrap_summary(const struct book *book, const struct wrap_command *command, uint64_t trace_lost);

/* Says which rules of the command line did nothing, a line each. Returns whether there were any. */
bool wrap_idle_rules(const struct book *book, const struct wrap_command *command);

#endif
