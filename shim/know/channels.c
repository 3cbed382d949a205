#include "shim/know/channels.h"
#include "shim/intercept/next.h"
#include "shim/know/sockets.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* What a send makes pieces of: the first may be smaller than those that follow. */
struct pieces {
    size_t first, more;
};

/* fs/splice.c: a file goes by way of a pipe, page by page; what that holds is sent at once. */
static struct pieces of_file(const struct attempt *at)
{
    enum { PIPE_HOLDS = 1 << 16, PAGE = 1 << 12 };
    off_t offset = 0;
    if (at->call == CALL_sendfile && !at->value)
        offset = lseek(at->other_fd, 0, SEEK_CUR);
    else if (at->call == CALL_sendfile && !attempt_nowhere(at->value))
        offset = *(const off_t *)at->value;
    return (struct pieces){PIPE_HOLDS - (size_t)(offset > 0 ? offset % PAGE : 0), PIPE_HOLDS};
}

static struct pieces pieces_of(const struct attempt *at)
{
    int saved = errno;
    struct pieces pieces = {0};
    if (at->info->family != FAMILY_SEND || !is_local_stream(at))
        return pieces;
    if (at->call == CALL_sendfile || at->call == CALL_splice)
        pieces = of_file(at);
    else
        pieces.first = pieces.more = piece(at->fd);
    errno = saved;
    return pieces;
}

bool channel_keeps_whole(const struct attempt *at)
{
    const struct msghdr *message = at->message;
    if (!is_local_stream(at))
        return false;
    if (at->info->family == FAMILY_RECEIVE)
        return (message && message->msg_control && message->msg_controllen > 0) || is_of_pair(at->fd);
    return at->asked <= pieces_of(at).first;
}

size_t channel_boundary(const struct attempt *at, size_t length)
{
    struct pieces pieces = pieces_of(at);
    if (pieces.first == 0)
        return length;
    if (length < pieces.first)
        return pieces.first;
    return pieces.first + (length - pieces.first) / pieces.more * pieces.more;
}
