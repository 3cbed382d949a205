/*
 * How services stood when the first that is no service was to be started, and whether they stand so again:
 * then what happened in between has left nothing behind that could be seen from outside of them.
 */
#ifndef SOCKFAULT_RUN_STOOD_H
#define SOCKFAULT_RUN_STOOD_H

#include "harness/run/lasting/board_again.h"
#include "harness/run/lasting/leftovers.h"
#include "harness/run/run.h"

/* What is made of a service's part in the next experiment. */
struct stood_service {
    char *command, *out, *err;
    size_t out_len, err_len;
};

/* A process of theirs. */
struct stood_process {
    pid_t pid;
    int fds;
};

struct stood {
    struct board_mark board;
    struct stood_service *services; /* one for each instance of the run by then: all of them are */
    size_t service_count;
    struct stood_process *processes;
    size_t process_count;
    char *folder; /* what there is in ${dir} */
    long sockets; /* of the network namespace, those that lead to zygotes left out */
};

/* NULL: that cannot be told, or there is no memory. Freed with stood_free. */
struct stood *stood_take(const struct run *run);
void stood_free(struct stood *stood);

/* Whether all is as it was. Connections that the services have closed are taken away before. */
bool stood_again(const struct stood *stood, const struct run *run, const struct leftovers *before);

/* Whether that process was one of theirs. */
bool stood_has(const struct stood *stood, pid_t pid);

#endif
