#include "shim/act/connection.h"
#include "shim/intercept/next.h"
#include "shim/state.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

/* A dead TCP socket forgets what getsockname and SIOCOUTQ should go on telling: keep it, and remember that it
 * is dead.
 */
static void bury(struct board_socket *socket, int fd)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    if (next_getsockname(fd, (struct sockaddr *)&name, &len) == 0 && len <= sizeof socket->saved_name) {
        memcpy(socket->saved_name, &name, len);
        socket->saved_name_len = len;
    }
    if (next_ioctl(fd, SIOCOUTQ, &socket->saved_unsent) < 0)
        socket->saved_unsent = 0;
    socket_set(socket, SOCKET_DEAD);
    board_arm_all(shim.board);
}

static void disconnect(int fd)
{
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    next_connect(fd, &unspecified, sizeof unspecified);
}

/* Kept by TCP as a soft error until it gives up; what it gave up for is told, and the soft error is still
 * there. */
static bool comes_by_icmp(int err)
{
    return err == EHOSTUNREACH || err == ENETUNREACH || err == ECONNREFUSED || err == ENOPROTOOPT;
}

void connection_kill(struct board_socket *socket, int fd, int err)
{
    bury(socket, fd);
    disconnect(fd);
    next_shutdown(fd, SHUT_RDWR);
    if (err != ECONNRESET) {
        atomic_store(&socket->translate_to, err);
        socket_set(socket, comes_by_icmp(err) ? SOCKET_TRANSLATE | SOCKET_SOFT_ERROR : SOCKET_TRANSLATE);
    }
}

void connection_pipe(struct board_socket *socket, int fd)
{
    bury(socket, fd);
    disconnect(fd);
    socket_option(fd, SOL_SOCKET, SO_ERROR, 0); /* takes the ECONNRESET away */
    next_shutdown(fd, SHUT_RDWR);
}

static bool set_port(struct sockaddr_storage *name, in_port_t port)
{
    if (name->ss_family == AF_INET)
        ((struct sockaddr_in *)name)->sin_port = port;
    else if (name->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)name)->sin6_port = port;
    else
        return false;
    return true;
}

static bool has_error(int fd)
{
    struct pollfd now = {.fd = fd};
    return next_poll(&now, 1, 0) > 0 && now.revents & POLLERR;
}

bool connection_refuse(struct board_socket *socket, int fd, int err)
{
    struct sockaddr_storage own, peer;
    socklen_t own_len = sizeof own, peer_len = sizeof peer;
    if (next_getsockname(fd, (struct sockaddr *)&own, &own_len) < 0 ||
        next_getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0 || !set_port(&own, 0))
        return false;
    if (next_connect(fd, (struct sockaddr *)&own, own_len) < 0)
        return false;
    next_send(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL);
    next_connect(fd, (struct sockaddr *)&peer, peer_len);
    if (!has_error(fd))
        return false;
    socket_clear(socket, SOCKET_SENT);
    if (err != ECONNREFUSED) {
        atomic_store(&socket->translate_to, err);
        socket_set(socket, SOCKET_TRANSLATE);
    }
    board_arm_all(shim.board);
    return true;
}

bool connection_reads_end(struct attempt *at)
{
    connection_drain(at->fd, true);
    if (at->messages)
        return true;
    if (at->message) {
        at->message->msg_namelen = 0;
        at->message->msg_controllen = 0;
        at->message->msg_flags = 0;
    }
    if (at->name && at->name_len) /* recvfrom: nobody in particular */
        *at->name_len = 0;
    at->result = 0;
    at->err = 0;
    return false;
}

size_t connection_drain(int fd, bool stream)
{
    char scrap[4096];
    size_t drained = 0;
    int saved = errno;
    for (int rounds = 0; rounds < 100000; rounds++) {
        ssize_t n = next_recv(fd, scrap, sizeof scrap, MSG_DONTWAIT);
        if (n < 0 || (n == 0 && stream))
            break;
        drained += n > 0 ? (size_t)n : 1;
        if (n == 0) /* an empty message, or the end: a seqpacket socket cannot tell */
            break;
    }
    errno = saved;
    return drained;
}

void connection_end_local(const struct board_socket *socket, int fd, int how)
{
    next_shutdown(fd, how);
    connection_drain(fd, socket && socket->type == SOCK_STREAM);
}

void connection_eof(struct board_socket *socket, int fd, bool full)
{
    /* After SHUT_RD the kernel announces no room any more: a peer that has filled it would wait. */
    connection_drain(fd, true);
    next_shutdown(fd, SHUT_RD);
    socket_set(socket, full ? SOCKET_EOF | SOCKET_EOF_FULL : SOCKET_EOF);
    board_arm_all(shim.board);
}
