#include "shim/know/setups.h"
#include "shim/intercept/next.h"
#include "shim/know/sockets.h"
#include "shim/model/endpoint.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

static bool is_internet(int domain)
{
    return domain == AF_INET || domain == AF_INET6;
}

bool setup_has_no_address(const struct attempt *at)
{
    struct sockaddr_storage name;
    struct endpoint own;
    socklen_t len = sizeof name;
    if (!at->socket || next_getsockname(at->fd, (struct sockaddr *)&name, &len) < 0)
        return false;
    if (at->socket->domain == AF_UNIX)
        return len <= sizeof(sa_family_t);
    endpoint_from_sockaddr(&own, (struct sockaddr *)&name, len);
    return is_internet(own.family) && own.port == 0;
}

bool setup_binds(const struct attempt *at)
{
    return at->call == CALL_bind && setup_has_no_address(at);
}

bool setup_contests(const struct attempt *at)
{
    return at->call == CALL_listen &&
           (setup_has_no_address(at) || socket_option(at->fd, SOL_SOCKET, SO_REUSEADDR, 0));
}

/* ip(7), ipv6(7): a group of receivers, or all of them, are no address of anybody's. */
static bool is_of_many(const struct endpoint *name)
{
    if (name->family == AF_INET6)
        return name->ip[0] == 0xff;
    return name->ip[0] >= 224 && (name->ip[0] < 240 || memcmp(name->ip, "\xff\xff\xff\xff", 4) == 0);
}

bool setup_names_interface(const struct attempt *at)
{
    static const unsigned char any[sizeof at->target.ip];
    return is_internet(at->target.family) && memcmp(at->target.ip, any, sizeof any) != 0 &&
           !is_of_many(&at->target) && !socket_option(at->fd, IPPROTO_IP, IP_FREEBIND, 0) &&
           !socket_option(at->fd, IPPROTO_IP, IP_TRANSPARENT, 0);
}

bool setup_sets(const struct attempt *at)
{
    return at->call == CALL_setsockopt;
}

/* The first sixteen of SOL_SOCKET (socket(7)), and those of TCP that came before Linux 2.4 (tcp(7)). */
bool setup_sets_optional(const struct attempt *at)
{
    if (!setup_sets(at))
        return false;
    if (at->level == SOL_SOCKET)
        return at->option > SO_BSDCOMPAT && at->option != SO_RCVTIMEO && at->option != SO_SNDTIMEO &&
               at->option != SO_RCVLOWAT;
    if (at->level == IPPROTO_TCP)
        return at->option > TCP_QUICKACK;
    return true;
}

bool setup_joins(const struct attempt *at)
{
    return setup_sets(at) && at->level == IPPROTO_IP &&
           (at->option == IP_ADD_MEMBERSHIP || at->option == IP_ADD_SOURCE_MEMBERSHIP ||
            at->option == MCAST_JOIN_GROUP || at->option == MCAST_JOIN_SOURCE_GROUP);
}

bool setup_takes_memory(const struct attempt *at)
{
    /* IPv4 says ENOBUFS of all that a group takes. */
    bool joins6 =
        at->level == IPPROTO_IPV6 && (at->option == IPV6_JOIN_GROUP || at->option == MCAST_JOIN_GROUP ||
                                      at->option == MCAST_JOIN_SOURCE_GROUP);
    bool filters =
        at->level == SOL_SOCKET && (at->option == SO_ATTACH_FILTER || at->option == SO_ATTACH_REUSEPORT_CBPF);
    return setup_sets(at) && (joins6 || filters);
}
