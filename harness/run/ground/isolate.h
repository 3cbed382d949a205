/*
 * What keeps an experiment from the rest of the machine: namespaces(7) where they are allowed. What is
 * allowed is found out once a run, by trying.
 */
#ifndef SOCKFAULT_RUN_ISOLATE_H
#define SOCKFAULT_RUN_ISOLATE_H

#include "harness/diag.h"

#include <stdbool.h>
#include <sys/types.h>

struct isolation {
    bool processes; /* PID, mount and IPC namespace with a /proc of its own: the guardian's death ends
                       everything */
    bool network;   /* network namespace: every port is free, and loopback is all there is */
    bool user; /* ... for which a user namespace is needed; programs see their own uid and gid all the same */
    char processes_why[200], network_why[200]; /* why not; "" when it is */
};

/* Finds out what this machine allows. Takes some milliseconds and leaves nothing behind. */
void isolate_probe(struct isolation *ret);

/* Leaves the network out. */
void isolate_share_network(struct isolation *isolation);

/*
 * As fork(2), into the namespaces. The child is process 1 of its own PID namespace and must call
 * isolate_enter at once. Only for a process with a single thread: the C library is not told.
 */
pid_t isolate_fork(const struct isolation *isolation);

/* In the child: maps the ids, mounts /proc, brings loopback up. uid and gid are those the parent had. */
bool isolate_enter(const struct isolation *isolation, uid_t uid, gid_t gid, struct diag *diag);

#endif
