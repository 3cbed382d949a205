/*
 * Zygotes of a guardian that lives on: a program that was started the same way twice is started no more, but
 * copied from one that stands still before its first constructor (shim/model/zygote.h). What exec and ld.so
 * do is done once: argv and environment are the zygote's, and so is where things lie in memory
 * (vm.randomize_va_space), which differs only from one guardian to the next.
 *
 * Whoever cannot be copied is started afresh, by itself: who does not say hello, whose words differ from one
 * time to the next (${pid:...}), who runs under a tool or has a sanitizer in it; and who, at the shim's
 * constructor, has a second thread, other descriptors, shared memory or timers, or has written something.
 */
#ifndef SOCKFAULT_RUN_ZYGOTES_H
#define SOCKFAULT_RUN_ZYGOTES_H

#include "harness/run/start/launch.h"

enum { ZYGOTES_MAX = 16 };

struct zygotes {
    struct zygote *items[ZYGOTES_MAX];
    size_t count;
    pid_t pids[ZYGOTES_MAX + 1]; /* of those that live, ends with 0 */
};

/* The process of the instance, set up but for what launch->trouble still tells; 0: it is to be started
 * afresh; -1 with errno: it cannot be told whether it was. */
pid_t zygotes_begin(struct run *run, const struct instance *instance, const struct launch *launch);

/* After an experiment: whether they said hello. */
void zygotes_note(struct zygotes *zygotes, const struct run *run);

/* Those that live, ends with 0; of NULL none does. */
const pid_t *zygotes_pids(const struct zygotes *zygotes);

/* Ends them, and waits for their end. */
void zygotes_end(struct zygotes *zygotes);

#endif
