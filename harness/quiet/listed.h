/*
 * The processes of a PID namespace, listed anew only when one was made since: loadavg of proc(5) ends with
 * the number that was given out last there, to a process or a thread.
 */
#ifndef SOCKFAULT_QUIET_LISTED_H
#define SOCKFAULT_QUIET_LISTED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Zeroed at first. Some of them may have ended since. */
struct listed {
    int loadavg; /* open, or 0 */
    long last;   /* number given out before they were listed; 0: they were not */
    pid_t *pids;
    size_t count, capacity;
};

/* The number given out last; 0: that cannot be told. */
long listed_last(struct listed *listed);

/* Lists them, if need be. false: /proc cannot be read, or there is no memory. */
bool listed_update(struct listed *listed);
void listed_free(struct listed *listed);

#endif
