/*
 * Places for guardians, as many as may run at once: each is started in a folder of its own, told what comes
 * next, read, and ended with all that is its own. What comes next, and what an answer means, is schedule.c's.
 */
#ifndef SOCKFAULT_RUN_SLOTS_H
#define SOCKFAULT_RUN_SLOTS_H

#include "harness/run/guardian.h"

struct slot {
    bool alive; /* guardian and folder are there */
    struct guardian guardian;
    struct folder folder;
    char *answer; /* what has come of it so far */
    size_t len, capacity;
};

struct slots {
    struct guardians guardians;
    struct isolation isolation;
    char base[PATH_MAX]; /* folder of the folders */
    bool keep;           /* folders are left where they are */
    struct slot *items;
    size_t count;
    pid_t *spared; /* without namespaces: children that are none of ours, then the guardians, then 0 */
    size_t strangers;
};

/*
 * At most `wanted` of them, fewer where descriptors are short. Folders that others have left behind are
 * removed. Without PID namespaces the process becomes a subreaper. `options` and `experiments` have to
 * outlive it. False with *diag: TROUBLE. Freed with slots_end in either case, once none is alive.
 */
bool slots_begin(struct slots *slots, const struct run_options *options,
                 const struct experiment *const *experiments, size_t wanted, struct diag *diag);
void slots_end(struct slots *slots);

/* Tells the guardian that waits there, or starts one with that order, and forgets what was read. false with
 * *diag. */
bool slot_start(struct slots *slots, struct slot *slot, const struct order *order, struct diag *diag);

/* Reads what has come of an answer. false at its end, or when there is none. */
bool slot_read(struct slot *slot);

/* How long the whole answer is; 0: it is not all there. It begins at answer + GUARDIAN_ANSWER_BEGIN. */
size_t slot_answered(const struct slot *slot);

/* Ends all that is left of it but its answer. Returns the guardian's wait status. */
int slot_clear(struct slots *slots, struct slot *slot);

/*
 * All that was started is to end at once. In a namespace a guardian's death is enough. Without, it has to see
 * to it itself: it is told by the closed lifeline, has a few seconds, and is killed then. Each is still to be
 * cleared.
 */
void slots_abandon(struct slots *slots);

/* Tells guardians that wait for more that there is none; each is still to be cleared. */
void slots_dismiss(struct slots *slots);

#endif
