/*
 * What an experiment leaves in a namespace that the next one is to have: nothing, or there is no next one.
 */
#ifndef SOCKFAULT_RUN_LEFTOVERS_H
#define SOCKFAULT_RUN_LEFTOVERS_H

#include "harness/run/ground/folder.h"

#include <sys/types.h>

/* How a namespace was before the first experiment. */
struct leftovers {
    char *files;  /* what the kernel says of mounts, addresses, System V IPC ...; NULL: not known */
    int queues;   /* a folder that shows the message queues of mq_overview(7), seen here alone; -1: none */
    long sockets; /* of the network namespace */
    int fds;      /* of this process */
};

/* Takes it down, in process 1 of a namespace in which nothing runs yet but `spared` (ends with 0; NULL:
 * nobody). false: something cannot be told here, so that nothing can be proven later. */
bool leftovers_begin(struct leftovers *ret);

/*
 * After an experiment: empties the folder, ends every process but `spared` (ends with 0; NULL: none), each of
 * which has a socket pair with us (zygotes.h), takes away connections that outlive their processes
 * (TIME_WAIT), and looks whether all is as it was. false: it is not, or that cannot be told; this namespace
 * is not to be used again then.
 */
bool leftovers_clear(const struct leftovers *before, const pid_t *spared, const struct folder *folder);

/* How many sockets of any kind there are in this network namespace; -1: that cannot be told. */
long leftovers_sockets(void);

/*
 * The same between experiments that services live through: takes away the connections they have closed, and
 * looks whether there are `sockets` left, and nothing else that is not of theirs. The folder and the
 * processes are for others to look at.
 */
bool leftovers_steady(const struct leftovers *before, long sockets);

void leftovers_end(struct leftovers *leftovers);

#endif
