/*
 * Memory: a process that takes more and more of it is ended before the machine has none left. What counts is
 * what a process has to itself: pages in memory that belong to no file and are not shared (resident less
 * shared, proc_pid_statm(5)), so that what a sanitizer or a runtime has only reserved does not.
 */
#ifndef SOCKFAULT_RUN_MEMORY_H
#define SOCKFAULT_RUN_MEMORY_H

#include "harness/run/run.h"

/* Bytes that each of its processes may have; where nothing is said of it, half of the machine's memory. */
uint64_t memory_limit(const struct scenario_process *process);

/* Takes note that one of its processes had so many bytes at some time. */
void memory_had(struct instance *instance, uint64_t bytes);

/*
 * To be asked every few milliseconds. Kills (KILL_MEMORY) an instance one of whose processes has more than it
 * may, and says where that one ran. Whoever gets near that between two looks finds its data segment limited
 * (RLIMIT_DATA of getrlimit(2)), so that no look can come too late for the machine.
 */
void memory_look(struct run *run);

#endif
