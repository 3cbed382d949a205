/* Facts: which conditions of legal.def hold for a call about to be made. */
#ifndef SOCKFAULT_SHIM_FACTS_H
#define SOCKFAULT_SHIM_FACTS_H

#include "shim/intercept/attempt.h"

/* For struct query: context is the struct attempt. Asks the kernel only for what is wanted; keeps errno. */
conditions facts_of(void *context, conditions wanted);

/* Bytes that can be read now (FIONREAD); 0 if that cannot be told. */
int facts_readable(int fd);

/* SO_RCVTIMEO or SO_SNDTIMEO, whichever bounds this call, in nanoseconds; 0: none. */
int64_t facts_timeout_ns(const struct attempt *at);

/* TCP_ESTABLISHED and so on (netinet/tcp.h), -1 when the socket is not TCP. */
int facts_tcp_state(int fd);

/* Whether the socket has a peer, as getpeername(2) tells. */
bool facts_connected(const struct attempt *at);

/* Whether data waits that the program has been told of since it last received from the socket.
 */
bool facts_told(const struct attempt *at);

/* Whether the call waits where there is nothing to be had yet: no O_NONBLOCK, MSG_DONTWAIT or zero timeout.
 */
bool facts_may_wait(const struct attempt *at);

/* Whether the datagram that is next is longer than what the kernel checks on arrival. */
bool facts_is_long(const struct attempt *at);

/* Whether its datagrams go without a checksum (IPv4 alone allows that so easily). */
bool facts_is_unchecked(const struct attempt *at);

#endif
