/* The sockets that processes have, by inode: where the network is shared with others. */
#ifndef SOCKFAULT_QUIET_INODES_H
#define SOCKFAULT_QUIET_INODES_H

#include "harness/quiet/tasks.h"

struct inodes {
    uint64_t *items; /* ascending; never NULL after inodes_read */
    size_t count, capacity;
};

/* Of all processes that those threads are of. */
void inodes_read(struct inodes *inodes, const struct tasks *tasks);
void inodes_free(struct inodes *inodes);

#endif
