/* What bind, listen and setsockopt are asked for: which errors of theirs are possible depends on it. */
#ifndef SOCKFAULT_SHIM_SETUPS_H
#define SOCKFAULT_SHIM_SETUPS_H

#include "shim/intercept/attempt.h"

/* Whether the socket has no address (over TCP and UDP: no port) yet. */
bool setup_has_no_address(const struct attempt *at);

/* bind of a socket that has no address yet: with one, bind(2) gives EINVAL. */
bool setup_binds(const struct attempt *at);

/* listen where the port may be somebody else's as well (SO_REUSEADDR), or has yet to be found. */
bool setup_contests(const struct attempt *at);

/* bind to an address that one interface has, not to INADDR_ANY. */
bool setup_names_interface(const struct attempt *at);

/* setsockopt: of any option; of one that not every kernel has; of one that joins a group (ip(7), ipv6(7)); of
 * one for which the kernel takes memory. */
bool setup_sets(const struct attempt *at);
bool setup_sets_optional(const struct attempt *at);
bool setup_joins(const struct attempt *at);
bool setup_takes_memory(const struct attempt *at);

#endif
