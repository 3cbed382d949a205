/*
 * Records: files that repeat one trial of a sweep. JSON; docs/sockfault.1 says what is in one. A scenario
 * that was made in memory is in the record itself.
 */
#ifndef SOCKFAULT_SWEEP_RECORD_H
#define SOCKFAULT_SWEEP_RECORD_H

#include "harness/run/experiment.h"
#include "harness/sweep/outcome.h"
#include "harness/sweep/records/programs.h"

enum { RECORD_VERSION = 1 };

struct record_program {
    char *process, *path, *build_id; /* build_id: "" when there is none */
};

/* All strings are owned; what may be NULL is said. */
struct record {
    char *scenario;   /* its file */
    char *experiment; /* its name in there */
    char *text;       /* of a scenario that is in no file; or NULL */
    uint64_t seed;
    enum run_clock clock; /* of the command line */
    int64_t timeout_ns;   /* of the command line */
    char *under;          /* the rules it was measured under (sweep_subject_under); NULL: none */
    char *rule;
    char *row; /* of legal.def: why it is legal */
    bool starting;
    enum expectation expect;
    enum sweep_outcome outcome;
    char *with; /* memory_tool_name; NULL: no tool */
    char *seen; /* in words; NULL: nothing */
    char *site;
    struct record_program *programs;
    size_t program_count;
};

/* Makes the folder of `path` if need be, and writes the file anew. False with *diag (TROUBLE). */
bool record_write(const struct record *record, const char *path, struct diag *diag);

/*
 * False with *diag (USAGE): there is no such file, or it is no record of this version: "FILE: error: got X,
 * expected Y". Freed with record_free, after true.
 */
bool record_read(const char *path, struct record *ret, struct diag *diag);

/* The same of a text in memory, for tests and the fuzz target; `name` stands for the file in messages. */
bool record_read_text(const char *name, const char *text, size_t len, struct record *ret, struct diag *diag);
void record_free(struct record *record);

/* The programs, copied into it. False: no memory. */
bool record_add_programs(struct record *record, const struct sweep_programs *programs);

/* Whether both repeat the same trial of the same programs, whatever came of it. */
bool record_same_trial(const struct record *one, const struct record *other);

/*
 * What has changed since: a line for each program that is another than the one recorded or cannot be found,
 * malloc'd; NULL: nothing.
 */
char *record_changes(const struct record *record, const struct sweep_programs *programs);

#endif
