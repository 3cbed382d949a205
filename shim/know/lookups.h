/* What the resolver is asked for: which of its errors are possible depends on it. */
#ifndef SOCKFAULT_SHIM_LOOKUPS_H
#define SOCKFAULT_SHIM_LOOKUPS_H

#include "shim/intercept/attempt.h"

/* Whether an address is looked up, not a name. */
bool lookup_is_backward(const struct attempt *at);

/* Whether somebody has to be asked: not for a numeric address, or for none, or where only numbers are wanted.
 */
bool lookup_asks(const struct attempt *at);

/* Whether no answer is a failure: getnameinfo(3) gives the number then, without NI_NAMEREQD. */
bool lookup_requires(const struct attempt *at);

/* getaddrinfo(3) with AF_UNSPEC: both kinds of address are asked for at once, which leaves errno otherwise.
 */
bool lookup_wants_every_kind(const struct attempt *at);

/*
 * Whether glibc tells a lack of descriptors as EAI_SYSTEM (2.36; tests/conformance/resolver.c). At the first
 * lookup it cannot read nsswitch.conf: getaddrinfo(3) with AF_UNSPEC has nobody to ask then, EAI_NONAME.
 * Later it cannot make a socket: of an address, that is EAI_AGAIN. Lookups are counted where a rule of theirs
 * is there to be told of them.
 */
bool lookup_is_systemic(const struct attempt *at);

/* gethostbyname(3) and its like, which tell their errors by h_errno. */
bool lookup_is_older(const struct attempt *at);

#endif
