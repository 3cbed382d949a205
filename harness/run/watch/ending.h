/* The end of processes: told to stop, and killed. */
#ifndef SOCKFAULT_RUN_ENDING_H
#define SOCKFAULT_RUN_ENDING_H

#include "harness/run/run.h"

/* Tells every instance that still runs to stop (its `stop:` signal), and waits; SIGKILL once its stop_timeout
 * is over. */
void end_services(struct run *run);

/* Kills an instance and waits until it has ended. */
void end_instance(struct run *run, struct instance *instance, enum kill_reason why);

/* Kills all that still runs, instances and whoever they have started, for that reason, and reads the last
 * words of the instances. */
void end_all(struct run *run, enum kill_reason why);

/* In process 1 of a PID namespace: kills all others in it and waits until nothing is left. */
void end_namespace(void);

/*
 * Kills every process below this one, whatever session it is in, and waits until nothing is left; `spared`
 * (children to leave alone, with all below them; ends with 0) may be NULL. Orphans are found where this
 * process is a subreaper (PR_SET_CHILD_SUBREAPER).
 */
void end_descendants(const pid_t *spared);

/* One round of that. Returns whether there was anybody to end. */
bool end_round(const pid_t *spared);

/* The children this process has now, for `spared`: malloc'd, ends with 0. */
pid_t *end_children(void);

#endif
