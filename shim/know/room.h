/*
 * Room to send that a wait told of. Over TCP the kernel may have used it for something else by then; a
 * datagram to the Internet, and what goes over a connection of AF_UNIX, counts against its own sender alone
 * (socket(7): SO_SNDBUF).
 */
#ifndef SOCKFAULT_SHIM_ROOM_H
#define SOCKFAULT_SHIM_ROOM_H

#include "shim/intercept/attempt.h"

/* After a wait that told of something: of which sockets it told that there is room. */
void room_note(const struct attempt *at);

/* Whether a wait told of room on such a socket, and nothing was sent there since. */
bool room_is_certain(const struct attempt *at);

#endif
