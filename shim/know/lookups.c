#include "shim/know/lookups.h"
#include "shim/state.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

bool lookup_is_backward(const struct attempt *at)
{
    return at->info->family == FAMILY_RESOLVE && !at->node;
}

/* As getaddrinfo takes them: an IPv6 address may have a zone behind it. */
static bool is_numeric(const char *node)
{
    struct in_addr in;
    struct in6_addr in6;
    char bare[INET6_ADDRSTRLEN];
    size_t len = strcspn(node, "%");
    if (inet_aton(node, &in))
        return true;
    if (len >= sizeof bare)
        return false;
    memcpy(bare, node, len);
    bare[len] = '\0';
    return inet_pton(AF_INET6, bare, &in6) == 1;
}

bool lookup_asks(const struct attempt *at)
{
    if (at->call == CALL_getnameinfo)
        return at->buf && !(at->flags & NI_NUMERICHOST);
    if (at->call == CALL_getaddrinfo && (!at->node || (at->hints && at->hints->ai_flags & AI_NUMERICHOST)))
        return false;
    return at->info->family == FAMILY_RESOLVE && (!at->node || !is_numeric(at->node));
}

bool lookup_requires(const struct attempt *at)
{
    return at->call != CALL_getnameinfo || at->flags & NI_NAMEREQD;
}

bool lookup_wants_every_kind(const struct attempt *at)
{
    return at->call == CALL_getaddrinfo && (!at->hints || at->hints->ai_family == AF_UNSPEC);
}

bool lookup_is_systemic(const struct attempt *at)
{
    bool is_first = !atomic_load(&shim.has_looked_up);
    return lookup_is_backward(at) ? is_first : !is_first || !lookup_wants_every_kind(at);
}

bool lookup_is_older(const struct attempt *at)
{
    return at->info->family == FAMILY_RESOLVE && at->call != CALL_getaddrinfo && at->call != CALL_getnameinfo;
}
