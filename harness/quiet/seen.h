/* Who of those that /proc shows can be seen on the board. */
#ifndef SOCKFAULT_QUIET_SEEN_H
#define SOCKFAULT_QUIET_SEEN_H

#include "shim/model/board.h"

#include <stdbool.h>

/* The slot of a thread, or NULL. */
const struct board_thread *seen_thread(const struct board *board, pid_t pid, pid_t tid);

/* Whether the process has said hello or is a peer, and is still the same program: what an exec put in its
 * place has to say so itself. */
bool seen_process(const struct board *board, pid_t pid);

#endif
