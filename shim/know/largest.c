#include "shim/know/largest.h"
#include "shim/intercept/next.h"
#include "shim/know/sockets.h"

#include <errno.h>
#include <netinet/in.h>

enum {
    UDP_HEADER = 8,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    IP_LARGEST = 65535, /* the length field of IPv4 counts its header, that of IPv6 does not */
    LOCAL_OVERHEAD = 32 /* net/unix/af_unix.c: of SO_SNDBUF, for the kernel's own */
};

static bool is_ipv6(const struct attempt *at)
{
    return (at->target.family ? at->target.family : at->socket->peer.family) == AF_INET6;
}

/* IP_MTU is there for connected sockets only; for another address one is connected to it for as long as it
 * takes. */
static int path_mtu(const struct attempt *at, bool ipv6)
{
    int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, option = ipv6 ? IPV6_MTU : IP_MTU;
    if (!at->addr)
        return socket_option(at->fd, level, option, 0);
    int probe = next_socket(at->socket->domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return 0;
    int mtu = next_connect(probe, at->addr, at->addrlen) < 0 ? 0 : socket_option(probe, level, option, 0);
    next_close(probe);
    return mtu;
}

static bool keeps_whole(const struct attempt *at, bool ipv6)
{
    int how = ipv6 ? socket_option(at->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT)
                   : socket_option(at->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
    return how == IP_PMTUDISC_DO || how == IP_PMTUDISC_PROBE;
}

static size_t largest_udp(const struct attempt *at)
{
    bool ipv6 = is_ipv6(at);
    size_t largest = IP_LARGEST - UDP_HEADER - (ipv6 ? 0 : IPV4_HEADER);
    size_t headers = UDP_HEADER + (ipv6 ? IPV6_HEADER : IPV4_HEADER);
    int mtu = keeps_whole(at, ipv6) ? path_mtu(at, ipv6) : 0;
    if (mtu > (int)headers && (size_t)mtu - headers < largest)
        largest = (size_t)mtu - headers;
    return largest;
}

size_t largest_message(const struct attempt *at)
{
    size_t largest = SIZE_MAX;
    int saved = errno;
    if (!at->socket || at->socket->type == SOCK_STREAM)
        return largest;
    if (at->socket->domain == AF_UNIX) {
        int room = socket_option(at->fd, SOL_SOCKET, SO_SNDBUF, 0);
        largest = room > LOCAL_OVERHEAD ? (size_t)(room - LOCAL_OVERHEAD) : SIZE_MAX;
    } else if (at->socket->protocol == IPPROTO_UDP) {
        largest = largest_udp(at);
    }
    errno = saved;
    return largest;
}
