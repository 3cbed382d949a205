/* A place for experiments of unit tests: a folder of its own, a FIFO, and ways to forbid and to wait. */
#ifndef SOCKFAULT_TESTS_RUN_WORLD_H
#define SOCKFAULT_TESTS_RUN_WORLD_H

#include "harness/run/experiment.h"

#include <limits.h>

struct run_world {
    char base[PATH_MAX];     /* where experiments make their folders (XDG_RUNTIME_DIR) */
    char fifo[PATH_MAX + 8]; /* elsewhere; in texts of scenarios it is @FIFO@ */
    char root[PATH_MAX];
    int reader; /* of the FIFO, non-blocking: end of file once no process has it open for writing */
    struct run_options options;
};

/* For .init and .fini of a suite. The end fails the test when an experiment has left something in `base`. */
void run_world_begin(struct run_world *world);
void run_world_end(struct run_world *world);

/* From now on this process and its children may make no namespaces, as on a machine that does not allow them.
 */
void run_world_forbid_namespaces(void);

/* Reads the scenario and runs its only experiment. Freed with result_free. */
struct result run_world_run(const struct run_world *world, const char *text);

/* Waits until something has been written to the FIFO. */
void run_world_await_line(const struct run_world *world);

/* Whether (within some seconds) every process that had the FIFO open has gone. */
bool run_world_fifo_closed(const struct run_world *world);

/* Whether (within some seconds) nothing is left in `base`. */
bool run_world_empty(const struct run_world *world);

/* The text with @FIFO@ replaced, malloc'd. */
char *run_world_text(const struct run_world *world, const char *text);

#endif
