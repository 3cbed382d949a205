/* What befalls datagrams: lost, doubled, damaged, cut off. Recipes (recipes.c) and what they leave; those
 * that are overtaken are in overtaken.h. */
#ifndef SOCKFAULT_SHIM_DATAGRAMS_H
#define SOCKFAULT_SHIM_DATAGRAMS_H

#include "shim/intercept/attempt.h"

/* The recipes of legal.def, as functions of recipes.c; *_after where there is one. */
bool datagram_lose(struct attempt *at);
bool datagram_double(struct attempt *at);
void datagram_double_after(struct attempt *at);
bool datagram_flip(struct attempt *at);
void datagram_flip_after(struct attempt *at);
bool datagram_truncate(struct attempt *at);

/* A receive: whether the fate of the datagram that is next is known already, since it was looked at with
 * MSG_PEEK or is the second of a pair. Then it is met: whether the real call is to be made. */
bool datagram_is_settled(const struct attempt *at);
bool datagram_settle(struct attempt *at);

/* A receive for which that was decided now. */
void datagram_remember(struct attempt *at);

/* Whether an error is pending, which comes before anything else. */
bool datagram_meets_error(const struct attempt *at);

/* A send: the kernel goes all the way but for the last step, and tells what it would have told; room for
 * another is an edge. false: it would fail, or wait, and is to be made. */
bool datagram_sends_nothing(struct attempt *at);

/* A receive gives what comes next, and leaves it where it is. Whether it did; at->again: it was gone. */
bool datagram_leave(struct attempt *at);

#endif
