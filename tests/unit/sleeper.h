/* Threads that sleep in waits which they published on a board. */
#ifndef SOCKFAULT_TESTS_SLEEPER_H
#define SOCKFAULT_TESTS_SLEEPER_H

#include "shim/model/board.h"

/* An empty board that children share; munmap it. */
struct board *shared_board(void);

/* The thread of that process (of one) once it sleeps in a wait that it has published; fails after 10 s. */
struct board_thread *await_sleeper(struct board *board, pid_t pid);

/* Advances the clock to the deadline of its wait, and wakes it. */
void let_sleep_out(struct board *board, const struct board_thread *thread);

#endif
