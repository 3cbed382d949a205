/* The threads of all participants, as proc(5) shows them at about one moment. */
#ifndef SOCKFAULT_QUIET_TASKS_H
#define SOCKFAULT_QUIET_TASKS_H

#include "harness/quiet/listed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TASK_RUNNING = -1, TASK_HIDDEN = -2 }; /* in place of the number of a system call */

struct task {
    pid_t pid, tid;
    char state;        /* of /proc/PID/task/TID/stat: R S D T Z ... */
    int number;        /* of the system call it is in, or one of the two above */
    uint64_t args[6];  /* of it */
    uint64_t switches; /* how often it was put on a processor */
    int64_t ran_ns;    /* so long it was on one, */
    int64_t ready_ns;  /* and so long it waited for one */
    int threads;       /* of its process */
    bool is_spared;    /* struct tasks, spared */
};

/* Reads what those numbers name, pid and tid; the rest is overwritten. state is X: it is gone. */
void task_read(struct task *task);

/* Whether it has slept on all the while since it was read, and its process has as many threads. A spared one
 * need not have. */
bool task_slept_on(const struct task *before);

struct tasks {
    struct task *items;
    size_t count, capacity;
    pid_t spared;      /* a thread that may run all the while; 0: none */
    struct task *last; /* as they were read the time before: who sleeps on need not be read anew */
    size_t last_count, last_capacity;
    struct listed listed;
};

/* Whose threads are read. */
struct tasks_of {
    pid_t root;         /* of all processes below that one */
    bool with_root;     /* it is one of them; else it only looks on */
    bool whole;         /* of all that can be seen: those of a PID namespace */
    const pid_t *apart; /* they have nothing to do with it; ends with 0; NULL: nobody */
};

/*
 * Reads them anew. Stops at the first that does not sleep, unless `all`: then the answer is known. false:
 * that was so, or /proc cannot be read.
 */
bool tasks_read(struct tasks *tasks, const struct tasks_of *of, bool all);
void tasks_free(struct tasks *tasks);

/* Whether all of them have slept on all the while since they were read, and nobody has come. */
bool tasks_slept_on(struct tasks *before, const struct tasks_of *of);

/* Whether it sleeps, is stopped or has ended. */
bool task_sleeps(const struct task *task);

#endif
