/* What a process is waiting for, in words: for the message when it gets no further. */
#ifndef SOCKFAULT_RUN_WAITING_H
#define SOCKFAULT_RUN_WAITING_H

#include "harness/run/run.h"

/*
 * What goes behind its name: "waits in recv() at client.c:29 on connection 1 for up to 1023 bytes (9.98 s so
 * far)", for each thread of it and its descendants; those that do the same are told of once. malloc'd; NULL:
 * it has ended. Sets
 * instance->spins.
 */
char *waiting_text(struct run *run, struct instance *instance);

#endif
