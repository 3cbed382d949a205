/*
 * What can be done to a connection so that the kernel itself then behaves as after the real event. Measured
 * against real resets, closes and timeouts, call by call; each function says what it leaves to the caller.
 */
#ifndef SOCKFAULT_SHIM_CONNECTION_H
#define SOCKFAULT_SHIM_CONNECTION_H

#include "shim/intercept/attempt.h"
#include "shim/know/sockets.h"

/*
 * TCP, as a received RST: the next receive, send or SO_ERROR gives ECONNRESET once (told as `err`), then 0
 * and EPIPE; poll says IN|OUT|RDHUP|ERR|HUP; the peer gets a RST. connect(AF_UNSPEC) alone would give
 * ENOTCONN and lose IN and RDHUP; the shutdown that follows fails with ENOTCONN, and has its effect all the
 * same. Unread data is gone.
 */
void connection_kill(struct board_socket *socket, int fd, int err);

/* TCP, as RST after FIN: receive gives 0, send EPIPE and SIGPIPE at once. */
void connection_pipe(struct board_socket *socket, int fd);

/*
 * Gives the program the end of file itself: what arrives between a drain and the real receive would be read,
 * SHUT_RD or not. Whether the real call is to be made after all (recvmmsg, which tells the end in a message
 * of its own).
 */
bool connection_reads_end(struct attempt *at);

/* Reads and discards all that has arrived. Returns how many bytes (or 1 for an empty message). */
size_t connection_drain(int fd, bool stream);

/*
 * AF_UNIX, stream or seqpacket: shutdown(how), then what had arrived is read and discarded. In that order:
 * nothing arrives after the shutdown, so no reply slips in between the two.
 */
void connection_end_local(const struct board_socket *socket, int fd, int how);

/*
 * UDP, connected: as an ICMP error in answer to what was sent. The next receive, send or SO_ERROR gives
 * ECONNREFUSED once (told as `err`), waits tell of an error until then, and what has arrived stays. A
 * datagram to port 0 of the socket's own address brings it about, which is always refused and never seen; one
 * that arrives from the peer in between is refused, too. false: the kernel did not have it (a packet filter),
 * and nothing has changed. Not for sockets with IP_RECVERR, which would find it in their error queue.
 */
bool connection_refuse(struct board_socket *socket, int fd, int err);

/*
 * TCP end of file: SHUT_RD is but a flag there, so from now on what arrives is drained (see aftermath.h). A
 * peer that goes on writing after that waits, once the window is full, for the program's next call on the
 * socket and for its own probe of the window.
 */
void connection_eof(struct board_socket *socket, int fd, bool full);

#endif
