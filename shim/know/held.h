/*
 * Datagrams that were taken off their way and go on later, and scratch room of the same size. They lie on the
 * board: the shim allocates nothing, and a socket is shared by processes. A socket holds one of each
 * direction, and another only where threads receive on it at the same time.
 */
#ifndef SOCKFAULT_SHIM_HELD_H
#define SOCKFAULT_SHIM_HELD_H

#include "shim/model/board.h"

/*
 * A free place, CLAIMED; NULL: all are in use. Places of processes that died are used again: at once if they
 * were claimed, and if a datagram waits there, when the process that made its socket is dead as well. Nobody
 * may be waited for, nor a call made that may block, with a place claimed: a handler could leave it by
 * siglongjmp.
 */
struct board_held *held_claim(void);
void held_free(struct board_held *held);

/* What was claimed waits from now on: as `kind` (HELD_RECEIVED, HELD_SENT), behind so many others. */
void held_keep(struct board_held *held, struct board_socket *socket, enum held_kind kind, uint32_t behind);

/* The socket's whose turn comes first, or NULL. */
struct board_held *held_of(const struct board_socket *socket, enum held_kind kind);

/* Whether this process put it there, or nobody who lives: its end is then the end of the datagram's way. */
bool held_is_ours(const struct board_held *held);

/* Takes it out of the socket's hands: it is the caller's, CLAIMED. false: somebody was faster. */
bool held_take(struct board_held *held, struct board_socket *socket);

/* Nobody will ask for them any more. */
void held_forget(struct board_socket *socket);

#endif
