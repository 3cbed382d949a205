/* Carrying out the script of a peer, in a process of its own. */
#ifndef SOCKFAULT_PEER_RUN_H
#define SOCKFAULT_PEER_RUN_H

#include "harness/peer/progress.h"
#include "harness/scenario/scenario.h"
#include "shim/model/board.h"

struct peer_task {
    const struct peer_script *script;
    const struct runtime *runtime;
    const char *root;               /* what relative files are relative to */
    struct board *board;            /* of the experiment, mapped: whose time it is */
    struct peer_progress *progress; /* zeroed */
    int wake; /* an eventfd(2) that is written to when the guardian should have a look; -1: none */
};

/*
 * Goes through the steps in the process's working directory, with its descriptors, signals and environment as
 * they are. Returns the exit status: 0 every step held, 1 one did not (task->progress says which and how). A
 * script that rests does not return.
 */
int peer_run(const struct peer_task *task);

#endif
