/*
 * The kernel's threads that hand packets on when there are many at once: ksoftirqd, one a processor. A packet
 * that one of them has in hands stands in no queue any more, and in no socket yet. A PID namespace does not
 * show them, but a file of theirs that was opened before goes on to tell.
 */
#ifndef SOCKFAULT_QUIET_SOFTIRQ_H
#define SOCKFAULT_QUIET_SOFTIRQ_H

#include <stdbool.h>
#include <sys/types.h>

enum { SOFTIRQ_MAX = 256 };

struct softirq {
    pid_t pids[SOFTIRQ_MAX];
    int fds[SOFTIRQ_MAX]; /* of /proc/PID/stat, once opened */
    int count;            /* 0: none can be seen */
};

/* Their numbers, as far as /proc shows them; none is opened. */
void softirq_find(struct softirq *ret);

/* Opens those of *found; what cannot be opened is left out. Ended by softirq_close. */
void softirq_open(const struct softirq *found, struct softirq *ret);
void softirq_close(struct softirq *softirq);

/* Whether one of those that were opened is not asleep. */
bool softirq_runs(const struct softirq *softirq);

#endif
