/* What befalls datagrams: lost, doubled, overtaken, damaged, cut off. Recipes (recipes.c) and what they
 * leave. */
#ifndef SOCKFAULT_SHIM_DATAGRAMS_H
#define SOCKFAULT_SHIM_DATAGRAMS_H

#include "shim/intercept/attempt.h"

/* The recipes of legal.def, as functions of recipes.c; *_after where there is one. */
bool datagram_lose(struct attempt *at);
bool datagram_discard(struct attempt *at);
bool datagram_double(struct attempt *at);
void datagram_double_after(struct attempt *at);
bool datagram_hold(struct attempt *at);
bool datagram_flip(struct attempt *at);
void datagram_flip_after(struct attempt *at);
bool datagram_truncate(struct attempt *at);

/* A receive: hands over the datagram that was overtaken, if its turn has come. Whether it did. */
bool datagrams_deliver(struct attempt *at);

/* A receive that nothing befalls: whether it is to be made, and not done here because an overtaken datagram
 * comes right behind it. */
bool datagrams_pass(struct attempt *at);

/* After a send: the one that it overtook goes out when enough have gone by. At the end of a socket, at once.
 */
void datagrams_sent(struct attempt *at);
void datagrams_flush(struct attempt *at);

#endif
