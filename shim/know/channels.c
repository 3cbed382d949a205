#include "shim/know/channels.h"
#include "shim/intercept/next.h"
#include "shim/know/sockets.h"

#include <sys/socket.h>

enum { LARGEST_PIECE = 36544 };

/* What one piece may have, in an AF_UNIX stream. */
static size_t piece(int fd)
{
    int buffer = socket_option(fd, SOL_SOCKET, SO_SNDBUF, 0), half = buffer / 2 - 64;
    return half < 0 ? 0 : half < LARGEST_PIECE ? (size_t)half : LARGEST_PIECE;
}

static bool is_unnamed(const struct sockaddr_storage *name, socklen_t len)
{
    return name->ss_family == AF_UNIX && len <= sizeof(sa_family_t);
}

/* One end of a socketpair: whoever is at the other is of the program's own making. */
static bool is_of_pair(int fd)
{
    struct sockaddr_storage own = {0}, peer = {0};
    socklen_t own_len = sizeof own, peer_len = sizeof peer;
    return next_getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 &&
           next_getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0 && is_unnamed(&own, own_len) &&
           is_unnamed(&peer, peer_len);
}

static bool is_local_stream(const struct attempt *at)
{
    return at->socket && at->socket->domain == AF_UNIX && at->socket->type == SOCK_STREAM;
}

/* sendfile and splice make pieces of their own. */
static bool sends_pieces(const struct attempt *at)
{
    return is_local_stream(at) && at->info->family == FAMILY_SEND && at->call != CALL_sendfile &&
           at->call != CALL_splice;
}

bool channel_keeps_whole(const struct attempt *at)
{
    const struct msghdr *message = at->message;
    if (!is_local_stream(at))
        return false;
    if (at->info->family == FAMILY_RECEIVE)
        return (message && message->msg_control && message->msg_controllen > 0) || is_of_pair(at->fd);
    return sends_pieces(at) && at->asked <= piece(at->fd);
}

size_t channel_boundary(const struct attempt *at, size_t length)
{
    size_t whole = sends_pieces(at) ? piece(at->fd) : 0;
    if (whole == 0)
        return length;
    return length < whole ? whole : length / whole * whole;
}
