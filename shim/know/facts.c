#include "shim/know/facts.h"
#include "shim/act/silence.h"
#include "shim/act/wake.h"
#include "shim/intercept/next.h"
#include "shim/know/channels.h"
#include "shim/know/going.h"
#include "shim/know/handlers.h"
#include "shim/know/idle.h"
#include "shim/know/largest.h"
#include "shim/know/lookups.h"
#include "shim/know/room.h"
#include "shim/know/setups.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/un.h>

static bool is_tcp(const struct attempt *at)
{
    return at->socket && at->socket->type == SOCK_STREAM && at->socket->protocol == IPPROTO_TCP &&
           (at->socket->domain == AF_INET || at->socket->domain == AF_INET6);
}

static bool is_inet(const struct attempt *at)
{
    return at->socket && (at->socket->domain == AF_INET || at->socket->domain == AF_INET6);
}

/* Also by a socket of the other family, when its peer has a mapped address */
static bool is_over_ipv4(const struct attempt *at)
{
    struct sockaddr_in6 name = {0};
    socklen_t len = sizeof name;
    if (!is_inet(at) || at->socket->domain == AF_INET)
        return is_inet(at);
    if (at->info->family == FAMILY_SEND && at->addr && at->target.family)
        return at->target.family == AF_INET;
    return next_getpeername(at->fd, (struct sockaddr *)&name, &len) == 0 &&
           IN6_IS_ADDR_V4MAPPED(&name.sin6_addr);
}

static bool is_type(const struct attempt *at, int type)
{
    return at->socket && at->socket->type == type;
}

int facts_tcp_state(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    return next_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ? -1 : info.tcpi_state;
}

bool facts_connected(const struct attempt *at)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    return at->socket && next_getpeername(at->fd, (struct sockaddr *)&name, &len) == 0;
}

/*
 * Neither connected nor on its way: a second connect would give EISCONN or EALREADY, not what we make up. A
 * socket of datagrams is connected as often as its program likes. With AF_UNSPEC nobody is looked for.
 */
static bool is_fresh(const struct attempt *at)
{
    if (at->addr && at->target.family == AF_UNSPEC)
        return false;
    if (is_type(at, SOCK_DGRAM))
        return true;
    if (socket_has(at->socket, SOCKET_DEAD | SOCKET_TRANSLATE) || facts_connected(at))
        return false;
    return !is_tcp(at) || facts_tcp_state(at->fd) == TCP_CLOSE;
}

static bool is_flagged(const struct attempt *at)
{
    int flags = next_fcntl(at->fd, F_GETFL, NULL);
    return flags >= 0 && flags & O_NONBLOCK;
}

static bool is_nonblocking(const struct attempt *at)
{
    if (at->info->family == FAMILY_WAIT)
        return at->timeout_ns == 0;
    if (at->flags & MSG_DONTWAIT && (at->info->family == FAMILY_RECEIVE || at->info->family == FAMILY_SEND))
        return true;
    return is_flagged(at);
}

int64_t facts_timeout_ns(const struct attempt *at)
{
    bool sending = at->info->family == FAMILY_SEND || at->info->family == FAMILY_CONNECT;
    struct timeval t = {0};
    socklen_t size = sizeof t;
    int saved = errno;
    int failed = next_getsockopt(at->fd, SOL_SOCKET, sending ? SO_SNDTIMEO : SO_RCVTIMEO, &t, &size);
    errno = saved;
    return failed ? 0 : t.tv_sec * 1000000000LL + t.tv_usec * 1000LL;
}

static bool is_ready(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    return next_poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & events;
}

static bool is_udp(const struct attempt *at)
{
    return is_inet(at) && is_type(at, SOCK_DGRAM);
}

bool facts_told(const struct attempt *at)
{
    if (!at->socket || state_is_borrowed() || atomic_load(&at->socket->promised) > 0)
        return true;
    if (at->ahead) /* the wait has not returned to the program yet */
        return false;
    if (is_udp(at) && at->info->family == FAMILY_RECEIVE && atomic_load(&shim.board->aheads) &&
        atomic_load(&shim.waits_decide))
        return at->was_ahead; /* this socket, not any */
    int saved = errno;
    bool told = state_news() != atomic_load(&at->socket->told) && is_ready(at->fd, POLLIN | POLLPRI);
    if (at->info->family == FAMILY_SEND) /* an end that was told of stays, whatever befalls the send */
        told = told && (facts_readable(at->fd) > 0 || is_ready(at->fd, POLLPRI));
    else
        told = told && is_ready(at->fd, POLLIN);
    errno = saved;
    return told;
}

int facts_readable(int fd)
{
    int bytes = 0, saved = errno;
    if (next_ioctl(fd, FIONREAD, &bytes) < 0)
        bytes = 0;
    errno = saved;
    return bytes;
}

static bool leaves_low_water(const struct attempt *at)
{
    return socket_option(at->fd, SOL_SOCKET, SO_RCVLOWAT, 1) <= 1;
}

static bool names_path(const struct attempt *at)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)at->addr;
    return at->addr && at->addrlen > sizeof(sa_family_t) && un->sun_family == AF_UNIX &&
           un->sun_path[0] != '\0';
}

static bool names_privileged(const struct attempt *at)
{
    return names_path(at) || (is_inet(at) && at->addr && at->target.port > 0 && at->target.port < 1024);
}

static bool has_unanswered(const struct attempt *at)
{
    return socket_has(at->socket, SOCKET_UNANSWERED) || socket_option(at->fd, SOL_SOCKET, SO_KEEPALIVE, 0);
}

/* Each protocol goes by its own option, whatever family the socket is of. */
static bool has_recverr(const struct attempt *at)
{
    if (!is_inet(at))
        return false;
    return is_over_ipv4(at) ? socket_option(at->fd, IPPROTO_IP, IP_RECVERR, 0)
                            : socket_option(at->fd, IPPROTO_IPV6, IPV6_RECVERR, 0);
}

static bool is_socket(const struct attempt *at)
{
    return at->socket != NULL;
}

static bool is_local(const struct attempt *at)
{
    return at->socket && at->socket->domain == AF_UNIX;
}

static bool is_stream(const struct attempt *at)
{
    return is_type(at, SOCK_STREAM);
}

static bool is_dgram(const struct attempt *at)
{
    return is_type(at, SOCK_DGRAM);
}

static bool is_seqpacket(const struct attempt *at)
{
    return is_type(at, SOCK_SEQPACKET);
}

static bool is_listening(const struct attempt *at)
{
    return at->socket && socket_option(at->fd, SOL_SOCKET, SO_ACCEPTCONN, 0);
}

static bool may_connect(const struct attempt *at)
{
    return at->socket && is_fresh(at);
}

static bool is_pending(const struct attempt *at)
{
    return socket_has(at->socket, SOCKET_CONNECTING) && at->target.family != AF_UNSPEC &&
           !state_is_borrowed() && atomic_load(&at->socket->told) == state_news();
}

bool facts_may_wait(const struct attempt *at)
{
    return !is_nonblocking(at);
}

static bool has_timeout(const struct attempt *at)
{
    return facts_timeout_ns(at) > 0;
}

static bool has_interrupting_handler(const struct attempt *at)
{
    return handlers_interrupt(at, true);
}

static bool has_any_handler(const struct attempt *at)
{
    return handlers_interrupt(at, false);
}

static bool is_untold(const struct attempt *at)
{
    return !facts_told(at);
}

static bool is_shared(const struct attempt *at)
{
    return socket_has(at->socket, SOCKET_SHARED | SOCKET_THREADED);
}

static bool may_be_full(const struct attempt *at)
{
    return is_shared(at) || !room_is_certain(at);
}

static bool asks_for_several(const struct attempt *at)
{
    return at->asked > 1;
}

static bool asks_for_many(const struct attempt *at)
{
    return at->message_count > 1 && at->socket && !is_type(at, SOCK_STREAM);
}

static bool waits_for_one(const struct attempt *at)
{
    return at->call == CALL_recvmmsg && at->flags & MSG_WAITFORONE;
}

static bool may_be_partial(const struct attempt *at)
{
    return !(at->flags & MSG_WAITALL) || is_nonblocking(at);
}

static bool waits_for_all(const struct attempt *at)
{
    return at->flags & MSG_WAITALL;
}

static bool is_open(const struct attempt *at)
{
    int state = facts_tcp_state(at->fd);
    return state != TCP_CLOSE_WAIT && state != TCP_LAST_ACK && state != TCP_CLOSING;
}

static bool is_uncounted(const struct attempt *at)
{
    uint64_t promised = at->socket ? atomic_load(&at->socket->promised) : 0;
    return promised == 0 || (is_type(at, SOCK_STREAM) && promised < at->asked);
}

static bool is_bare(const struct attempt *at)
{
    return !channel_keeps_whole(at);
}

static bool is_alive(const struct attempt *at)
{
    return !socket_has(at->socket, SOCKET_DEAD | SOCKET_EOF | SOCKET_DOOMED) &&
           (!is_tcp(at) || facts_tcp_state(at->fd) != TCP_CLOSE);
}

static bool has_peer_apart(const struct attempt *at)
{
    return !socket_has_own_peer(at->socket);
}

static bool has_sent(const struct attempt *at)
{
    return socket_has(at->socket, SOCKET_SENT);
}

static bool is_pinned(const struct attempt *at)
{
    return at->info->family == FAMILY_SEND && at->flags & MSG_ZEROCOPY &&
           socket_option(at->fd, SOL_SOCKET, SO_ZEROCOPY, 0);
}

static bool has_no_recverr(const struct attempt *at)
{
    return !has_recverr(at);
}

static bool is_large(const struct attempt *at)
{
    return at->asked > largest_message(at);
}

/* include/linux/skbuff.h: CHECKSUM_BREAK, which counts the header of UDP as well. */
enum { CHECKED_ON_ARRIVAL = 76 - 8 };

bool facts_is_long(const struct attempt *at)
{
    char scrap;
    int saved = errno;
    struct pollfd now = {.fd = at->fd, .events = POLLIN};
    /* A look would take a pending error away. */
    bool there = next_poll(&now, 1, 0) > 0 && (now.revents & (POLLIN | POLLERR)) == POLLIN;
    ssize_t len = there ? next_recv(at->fd, &scrap, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT) : -1;
    errno = saved;
    return len > CHECKED_ON_ARRIVAL;
}

bool facts_is_unchecked(const struct attempt *at)
{
    return is_over_ipv4(at) && socket_option(at->fd, SOL_SOCKET, SO_NO_CHECK, 0);
}

static bool is_doubtful(const struct attempt *at)
{
    return wake_candidate(at) >= 0;
}

static bool is_adding(const struct attempt *at)
{
    return at->call == CALL_epoll_ctl && at->argument == EPOLL_CTL_ADD;
}

static bool is_copying(const struct attempt *at)
{
    return at->call == CALL_fcntl && (at->argument == F_DUPFD || at->argument == F_DUPFD_CLOEXEC);
}

/* One question a condition. */
static bool (*const holds[CONDITION_COUNT])(const struct attempt *at) = {
    [CONDITION_SOCKET] = is_socket,
    [CONDITION_TCP] = is_tcp,
    [CONDITION_UDP] = is_udp,
    [CONDITION_INET] = is_inet,
    [CONDITION_IPV4] = is_over_ipv4,
    [CONDITION_LOCAL] = is_local,
    [CONDITION_STREAM] = is_stream,
    [CONDITION_DGRAM] = is_dgram,
    [CONDITION_SEQPACKET] = is_seqpacket,
    [CONDITION_CONNECTED] = facts_connected,
    [CONDITION_LISTENING] = is_listening,
    [CONDITION_FRESH] = may_connect,
    [CONDITION_PENDING] = is_pending,
    [CONDITION_PORTLESS] = setup_has_no_address,
    [CONDITION_NONBLOCKING] = is_nonblocking,
    [CONDITION_BLOCKING] = facts_may_wait,
    [CONDITION_TIMEOUT] = has_timeout,
    [CONDITION_HANDLER] = has_interrupting_handler,
    [CONDITION_ANY_HANDLER] = has_any_handler,
    [CONDITION_UNTOLD] = is_untold,
    [CONDITION_UNCOUNTED] = is_uncounted,
    [CONDITION_GOING] = call_goes_on,
    [CONDITION_ORDINARY] = call_is_ordinary,
    [CONDITION_BARE] = is_bare,
    [CONDITION_FLAGGED] = is_flagged,
    [CONDITION_IDLE] = wait_is_idle,
    [CONDITION_TIGHT] = may_be_full,
    [CONDITION_SHARED] = is_shared,
    [CONDITION_SEVERAL] = asks_for_several,
    [CONDITION_MANY] = asks_for_many,
    [CONDITION_FORONE] = waits_for_one,
    [CONDITION_LOWAT] = leaves_low_water,
    [CONDITION_PARTIAL] = may_be_partial,
    [CONDITION_WAITALL] = waits_for_all,
    [CONDITION_OPEN] = is_open,
    [CONDITION_ALIVE] = is_alive,
    [CONDITION_APART] = has_peer_apart,
    [CONDITION_FILTERABLE] = silence_may_begin,
    [CONDITION_UNANSWERED] = has_unanswered,
    [CONDITION_SENT] = has_sent,
    [CONDITION_RECVERR] = has_recverr,
    [CONDITION_PINNED] = is_pinned,
    [CONDITION_UNQUEUED] = has_no_recverr,
    [CONDITION_WHOLE] = call_makes_datagram,
    [CONDITION_LARGE] = is_large,
    [CONDITION_LONG] = facts_is_long,
    [CONDITION_UNCHECKED] = facts_is_unchecked,
    [CONDITION_DOUBTFUL] = is_doubtful,
    [CONDITION_BINDING] = setup_binds,
    [CONDITION_CONTESTED] = setup_contests,
    [CONDITION_SPECIFIC] = setup_names_interface,
    [CONDITION_SETTING] = setup_sets,
    [CONDITION_OPTIONAL] = setup_sets_optional,
    [CONDITION_MEMBERSHIP] = setup_joins,
    [CONDITION_KEEPING] = setup_takes_memory,
    [CONDITION_ADDING] = is_adding,
    [CONDITION_PRIVILEGED_PORT] = names_privileged,
    [CONDITION_PATH] = names_path,
    [CONDITION_ASKED] = lookup_asks,
    [CONDITION_REQUIRED] = lookup_requires,
    [CONDITION_SYSTEMIC] = lookup_is_systemic,
    [CONDITION_EVERY_KIND] = lookup_wants_every_kind,
    [CONDITION_OLDER] = lookup_is_older,
    [CONDITION_COPY] = is_copying,
};

conditions facts_of(void *context, conditions wanted)
{
    const struct attempt *at = context;
    conditions facts = 0;
    int saved = errno;
    for (int i = 0; i < CONDITION_COUNT; i++)
        if (wanted >> i & 1 && holds[i](at))
            facts |= UINT64_C(1) << i;
    errno = saved;
    return facts;
}
