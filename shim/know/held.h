/*
 * Datagrams that were taken off their way and go on later, and scratch room of the same size. They lie on the
 * board: the shim allocates nothing, and a socket is shared by processes. A socket holds at most one of each
 * direction.
 */
#ifndef SOCKFAULT_SHIM_HELD_H
#define SOCKFAULT_SHIM_HELD_H

#include "shim/model/board.h"

/* A free place, CLAIMED; NULL: all are in use. */
struct board_held *held_claim(void);
void held_free(struct board_held *held);

/* What was claimed waits from now on: as `kind` (HELD_RECEIVED, HELD_SENT), behind so many others. */
void held_keep(struct board_held *held, struct board_socket *socket, enum held_kind kind, uint32_t behind);

/* The socket's, or NULL. */
struct board_held *held_of(const struct board_socket *socket, enum held_kind kind);

/* Takes it out of the socket's hands: it is the caller's, CLAIMED. false: somebody was faster. */
bool held_take(struct board_held *held, struct board_socket *socket);

/* Nobody will ask for them any more. */
void held_forget(struct board_socket *socket);

#endif
