/* What a process is waiting for, in words: for the message when time is over. */
#ifndef SOCKFAULT_RUN_WAITING_H
#define SOCKFAULT_RUN_WAITING_H

#include "harness/run/run.h"

/* "recv() on connection 1 (descriptor 5) for 9.98 s", for each thread of it and its descendants. malloc'd. */
char *waiting_text(const struct run *run, const struct instance *instance);

#endif
