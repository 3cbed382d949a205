/* Scripted peers among the processes of an experiment. For an instance that is none every answer is false. */
#ifndef SOCKFAULT_RUN_PEERS_H
#define SOCKFAULT_RUN_PEERS_H

#include "harness/run/run.h"

/* Makes the memory that the peer tells its progress in. false with *diag. */
bool peer_prepare(struct instance *instance, struct diag *diag);

/* In the child that is to be the peer: carries out its script and ends. `wake` is of the guardian. */
_Noreturn void peer_become(const struct run *run, const struct instance *instance, int wake);

/* Whether it has come to listen. */
bool peer_listens(const struct instance *instance);

/* Whether it has come to its last step, which ends when it is told to. */
bool peer_rests(const struct instance *instance);

/* "a script of 5 steps", malloc'd. */
char *peer_command(const struct scenario_process *process);

/* "at step 3, expect", malloc'd. */
char *peer_waiting_text(const struct instance *instance);

/*
 * Whether nothing can happen any more: every program has ended, and each peer waits for traffic that nobody
 * is left to send. Looks for a moment (watch_step) before it says so.
 */
bool peers_stuck(struct run *run);

/* What came of its script, for the judge: malloc'd, NULL for none; freed with peer_outcome_free. */
struct peer_outcome *peer_outcome(const struct instance *instance);
void peer_outcome_free(struct peer_outcome *outcome);

void peer_undo(struct instance *instance);

#endif
