/* All that a program is started with, made before the fork: after it only what is async-signal-safe may be
 * done. */
#ifndef SOCKFAULT_RUN_LAUNCH_H
#define SOCKFAULT_RUN_LAUNCH_H

#include "harness/run/run.h"
#include "harness/run/start/environ.h"

struct launch {
    char **argv;      /* NULL: a script (peer:) */
    const char *path; /* of the executable */
    struct environment environment;
    char *cwd;
    int input, output[2], error[2], trouble[2]; /* -1: closed */
    int line;                                   /* of one that is to be a zygote; -1: it is not */
    pid_t guardian;
};

/* Fills *launch in; launch_free takes back what there is in any case. false: it cannot be started, and *diag
 * says why. */
bool launch_prepare(const struct run *run, struct instance *instance, struct launch *launch,
                    struct diag *diag);
void launch_free(struct launch *launch);

#endif
