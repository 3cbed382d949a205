/*
 * The board's bell as a descriptor: the shim rings it (a futex) when something worth a look has happened, and
 * poll(2) cannot wait for a futex. A thread can: it turns rings into counts of an eventfd.
 */
#ifndef SOCKFAULT_RUN_BELL_H
#define SOCKFAULT_RUN_BELL_H

#include "harness/diag.h"
#include "shim/model/board.h"

#include <pthread.h>
#include <stdbool.h>

struct bell {
    int fd; /* readable once it rang; -1: not started */
    pthread_t thread;
    struct board *board;
    _Atomic bool over;
};

/* *bell and board stay where they are until bell_stop. */
bool bell_start(struct bell *bell, struct board *board, struct diag *diag);

/* Ends the thread. Does nothing when it was not started. */
void bell_stop(struct bell *bell);

#endif
