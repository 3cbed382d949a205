/*
 * A scenario file, read and checked, and the experiments it stands for (one a combination of its matrix).
 * The format is described in docs/scenario-format.md. Everything is owned by the struct scenario_set and
 * freed with it.
 */
#ifndef SOCKFAULT_SCENARIO_H
#define SOCKFAULT_SCENARIO_H

#include "harness/diag.h"
#include "harness/peer/script.h"
#include "harness/place.h"
#include "harness/scenario/clocks.h"
#include "shim/model/rule.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 3, 1.., ..4, 2..4 */
struct range {
    uint64_t min, max; /* inclusive; max UINT64_MAX is open */
};

enum text_test { TEXT_EQUALS, TEXT_CONTAINS, TEXT_MATCHES };

struct text_expectation {
    enum text_test test;
    char *text;    /* may hold run-time variables unless TEXT_MATCHES */
    regex_t regex; /* TEXT_MATCHES: compiled, REG_EXTENDED | REG_NEWLINE not set */
    struct place place;
};

struct text_expectations {
    struct text_expectation *items;
    size_t count; /* 0: nothing is expected */
};

struct node;

enum ready_kind { READY_EXIT, READY_STARTED, READY_LISTENING, READY_STDOUT };

/*
 * Strings that "may hold run-time variables" are as written, but for the matrix: scenario_expand makes them
 * what they are to be, also when there is only a "$${" in them. All other strings are ready to use.
 */

struct variable { /* NAME=VALUE; value NULL: removed. In an environment it may hold run-time variables */
    char *name, *value;
};

struct scenario_file { /* a file to make in ${dir} */
    char *name;
    char *content;   /* or NULL: */
    char *copy_from; /* path to copy; both may hold run-time variables */
    struct place place;
};

/* calls: {recv: 1..} */
struct call_expectation {
    char *word; /* call or family, as written */
    struct call_set calls;
    struct range times;
    struct place place;
};

struct expectations {
    bool present; /* the process stands under expect: */
    struct place place;
    bool has_exit, exit_nonzero; /* exit: nonzero */
    int exits[8];
    size_t exit_count; /* exit: [0, 1] */
    int signal;        /* 0: none expected */
    struct text_expectations out, err;
    int running; /* -1 not said, 0, 1 */
    struct {
        int process; /* index, or -1 */
        int exit;
        struct text_expectations out;
    } serves;
    bool has_elapsed;
    int64_t elapsed_min_ns, elapsed_max_ns; /* max INT64_MAX: none */
    bool fds_unchanged, no_zombies, shim_absent;
    struct call_expectation *calls;
    size_t call_count;
    enum call_id *order; /* calls that occur in this order */
    size_t order_count;
    bool has_received, has_sent;
    struct range received, sent; /* bytes */
};

struct scenario_process {
    char *name;
    char **run; /* ends with NULL; may hold run-time variables; NULL: it is a script, `peer` */
    size_t run_count;
    struct peer_script *peer; /* NULL: it is a program, `run` */
    int *after;               /* indices */
    size_t after_count;
    enum ready_kind ready;
    bool ready_said;     /* ready: is in the file */
    uint16_t ready_port; /* READY_LISTENING: on that one; 0: not said */
    regex_t ready_regex;
    char *ready_text; /* of the regex, for messages */
    char *stdin_text; /* or NULL; may hold run-time variables */
    char *stdin_file; /* or NULL; may hold run-time variables */
    struct variable *env;
    size_t env_count;
    bool clear_env, shim;
    char *cwd; /* NULL: ${dir}; may hold run-time variables */
    int stop_signal;
    int64_t stop_timeout_ns;
    uint64_t output_limit; /* bytes, each of stdout and stderr */
    uint64_t memory_limit; /* bytes, of each of its processes (harness/run/watch/memory.h); 0: not said */
    unsigned int count;
    bool service;    /* told to stop when all others have ended */
    bool only_probe; /* started by a serves: alone, nothing else refers to it -- derived: never set for a
                        process in `after` */
    struct place place;
    struct expectations expect;
};

struct scenario_fault {
    struct rule rule; /* read with placeholder values for run-time variables */
    char **keys,
        **values; /* as written, matrix replaced, run-time variables not; for a string: one entry, key NULL */
    size_t key_count;
    bool dynamic;       /* values hold run-time variables: read again with scenario_rules */
    struct range fired; /* default 1.. */
    bool optional;
    const struct node *then; /* while it is read: the faults it starts, which come behind it in the list */
    uint32_t started_by;     /* number, from 1, of the fault that starts this one; 0: none */
    struct place place;
};

/* One experiment: scenario with one combination of matrix values, all but the run-time variables replaced. */
struct experiment {
    char *file; /* of the scenario */
    char *name; /* claim, with matrix values: "the claim [model=fork, domain=inet]" */
    char *claim;
    char **tags;
    size_t tag_count;
    char **needs;
    size_t need_count;
    int64_t timeout_ns; /* 0: not said; the command line's holds */
    char *verdict;      /* "hang", "spin" or "timeout": what has to come out; NULL: that all holds */
    struct place verdict_place;
    bool has_seed;
    uint64_t seed;
    enum run_clock clock;
    bool shares_network;     /* with the machine, whatever else is allowed */
    int points;              /* for grading; 0: not said */
    struct variable *matrix; /* this combination */
    size_t matrix_count;
    struct variable *env;
    size_t env_count;
    struct scenario_file *files;
    size_t file_count;
    struct scenario_process *processes;
    size_t process_count;
    struct scenario_fault *faults;
    size_t fault_count;
    int ports; /* highest K of ${portK}; see scenario_ports */
    struct place place;
};

struct pool;

struct scenario_set {
    struct experiment *experiments;
    size_t count;
    size_t file_count; /* that were read without an error */
    struct pool *pool; /* what the experiments point to */
};

/*
 * Reads a file, or every *.yaml and *.yml in a folder and below (in byte order of path), and appends its
 * experiments to *set (zeroed before the first use). Reads on after an error in one file of a folder only to
 * report it: the first error of each file is printed through `report` if that is not NULL. false: at least
 * one file was wrong; *diag has the first error.
 */
bool scenario_read(const char *path, struct scenario_set *set, struct diag *diag,
                   void (*report)(void *context, const struct diag *diag), void *context);

/* The same for a text in memory, for tests and the fuzz target; `name` stands for the file in messages. */
bool scenario_read_text(const char *name, const char *text, size_t len, struct scenario_set *set,
                        struct diag *diag);

void scenario_set_free(struct scenario_set *set);

/* Values of the run-time variables of one experiment. */
struct runtime {
    uint16_t ports[10]; /* [1] is ${port}, [2] ${port2} ...; 0 unused */
    const char *dir, *root;
    pid_t (*pid_of)(void *context, const char *process); /* 0: not started */
    void *context;
};

/* text with run-time variables replaced; malloc'd. NULL with *diag when a process of ${pid:NAME} has not
 * started. */
char *scenario_expand(const char *text, const struct runtime *runtime, struct diag *diag);

/* Whether the fault is about that process, or about one of several instances of it ("client#2"). */
bool scenario_fault_is_in(const struct scenario_fault *fault, const struct scenario_process *process);

/* How many ports the experiment speaks of: the highest K in ${portK}. */
int scenario_ports(const struct experiment *experiment);

/* The rules with all variables replaced, as they go on the board. rules has room for as many as there are
 * faults. -1 with *diag on error. */
int scenario_rules(const struct experiment *experiment, const struct runtime *runtime, struct rule *rules,
                   struct diag *diag);

/* Rows of the table of keys (harness/scenario/keys.def), for `sockfault list keys`; NULL past the end. */
struct scenario_key {
    const char *where; /* "top", "process", "fault", "expect" */
    const char *name, *value, *fallback, *help;
};
const struct scenario_key *scenario_key_at(size_t i);

#endif
