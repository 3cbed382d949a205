/* Watching: everything that happens in an experiment comes in here. */
#ifndef SOCKFAULT_RUN_WATCH_H
#define SOCKFAULT_RUN_WATCH_H

#include "harness/run/run.h"

/* Gets the descriptors it needs; SIGCHLD stays blocked afterwards. false after run_give_up. */
bool watch_begin(struct run *run);
void watch_end(struct run *run);

/*
 * Waits until something happens, or until `until_ns` on the run's clock (run_now), and takes note of it:
 * output, ends of processes, the bell, the trace, the harness's end (run->orphaned). A process that writes
 * more than its limit, or takes more memory (memory.h), is killed.
 */
void watch_step(struct run *run, int64_t until_ns);

/* The same without waiting. */
void watch_look(struct run *run);

/* Takes note of what the board says of each instance: role, hello. */
void watch_board(struct run *run);

/* Kills an instance's process group; nothing if it has ended. */
void watch_kill(struct instance *instance, enum kill_reason why);

#endif
