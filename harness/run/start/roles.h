/* Reading the board: what it says of a role. Everything that comes from it is checked for range. */
#ifndef SOCKFAULT_RUN_ROLES_H
#define SOCKFAULT_RUN_ROLES_H

#include "harness/run/observed.h"
#include "shim/model/board.h"

/* The index of the role of that name, or -1. */
int role_find(const struct board *board, const char *name);

/* Whether a process of it has said hello. */
bool role_said_hello(const struct board *board, int role);

/*
 * The i-th process on the board that is of that role, going on from *at (0 at first); NULL when there is no
 * other. Those that have ended may still be among them.
 */
const struct board_process *role_next(const struct board *board, int role, uint32_t *at);

/* Whether a process of it listens on one of the `count` ports, or (count 0) anywhere. */
bool role_listens(const struct board *board, int role, const uint16_t *ports, int count);

/* Whether a process of it has begun a wait since it listened. */
bool role_waited(const struct board *board, int role);

/* The slot of the board that a thread of that process has, going on from *at. */
const struct board_thread *thread_next(const struct board *board, pid_t pid, uint32_t *at);

/*
 * Calls begun so far by all threads of the process: it stays the same only while all of them stay where they
 * are.
 */
uint64_t calls_begun(const struct board *board, pid_t pid);

/* What a role did in all; zero for one that is not there. */
void role_counts(const struct board *board, int role, struct observed_counts *ret);

#endif
