/* Steps that make connections, and the one that sends. */
#include "harness/clock.h"
#include "harness/peer/address.h"
#include "harness/peer/mismatch.h"
#include "harness/peer/peer.h"
#include "harness/text.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 128 };
#define CONNECT_AGAIN_NS (1 * NS_PER_MS)

/* What to say where something was awaited of which there is only one. */
static char *none_text(const char *none, const char *reason)
{
    size_t len = strlen(PEER_NO_MORE);
    if (strncmp(reason, PEER_NO_MORE, len) == 0)
        return text_format("%s%s", none, reason + len);
    return text_format("%s", reason);
}

static void describe_address(const struct peer *peer, const char *reason, char **ret_expected, char **ret_got)
{
    *ret_expected =
        text_format("%s: %s", peer->step->word, peer->address != NULL ? peer->address : peer->step->address);
    *ret_got = none_text("no answer", reason);
}

/* The step's address with variables replaced, and a non-blocking socket for it. -1 after peer_fail. */
static int open_socket(struct peer *peer, struct peer_address *ret)
{
    struct diag diag = {0};
    peer->describe = describe_address;
    peer->address = scenario_expand(peer->step->address, peer->task->runtime, &diag);
    if (peer->address == NULL)
        return peer_fail(peer, diag.text), -1;
    if (!peer_address_parse(peer->address, ret))
        return peer_fail(peer, "no such address, or a path that is too long"), -1;
    int fd = socket(ret->to.any.sa_family, ret->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        peer_fail_errno(peer, "socket", errno);
    return fd;
}

/* What is sent goes out at once: pieces would be put together otherwise. No harm where it is not TCP. */
static void no_delay(int fd)
{
    static const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool peer_listen(struct peer *peer)
{
    static const int on = 1;
    struct peer_address address;
    const char *what = NULL;
    int fd = open_socket(peer, &address);
    if (fd < 0)
        return false;
    if (address.type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &address.to.any, address.len) < 0)
        what = "bind";
    else if (address.type != SOCK_DGRAM && listen(fd, BACKLOG) < 0)
        what = "listen";
    if (what != NULL) {
        peer_fail_errno(peer, what, errno);
        close(fd);
        return false;
    }
    if (address.type == SOCK_DGRAM)
        return peer_add_wire(peer, fd, address.type, true);
    peer->listener = fd;
    peer->listener_type = address.type;
    return true;
}

static void describe_accept(const struct peer *peer, const char *reason, char **ret_expected, char **ret_got)
{
    (void)peer;
    *ret_expected = text_format("a connection");
    *ret_got = none_text("none", reason);
}

/* Whether accept4(2) has to be called again: what befell that one connection is no error of ours. */
static bool passes(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

/* The next connection; -1 after peer_fail. */
static int accept_one(struct peer *peer)
{
    int fd;
    while ((fd = accept4(peer->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0) {
        if (!passes(errno))
            return peer_fail_errno(peer, "accept", errno), -1;
        if (errno == EAGAIN && !peer_wait(peer, peer->listener, POLLIN, peer->until_ns))
            return peer_fail_late(peer), -1;
    }
    return fd;
}

bool peer_accept(struct peer *peer)
{
    peer->describe = describe_accept;
    peer->current = 0;
    int fd = accept_one(peer);
    if (fd < 0)
        return false;
    no_delay(fd);
    return peer_add_wire(peer, fd, peer->listener_type, false);
}

bool peer_ignore(struct peer *peer)
{
    peer->describe = describe_accept;
    peer->current = 0;
    while (accept_one(peer) >= 0)
        ;
    return false;
}

/* Waits for a connect that goes on (connect(2), EINPROGRESS). */
static bool finish_connect(struct peer *peer, int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (!peer_wait(peer, fd, POLLOUT, peer->until_ns))
        return peer_fail_late(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    return error == 0 || peer_fail_errno(peer, "connect", error);
}

static bool connect_socket(struct peer *peer, int fd, const struct peer_address *address)
{
    while (connect(fd, &address->to.any, address->len) < 0) {
        if (errno == EINPROGRESS)
            return finish_connect(peer, fd);
        /* The queue of a Unix domain listener is full, and nothing tells when it is not (connect(2)). */
        if (errno != EAGAIN && errno != EINTR)
            return peer_fail_errno(peer, "connect", errno);
        if (peer_now(peer) >= peer->until_ns)
            return peer_fail_late(peer);
        peer_wait(peer, -1, 0, peer_now(peer) + CONNECT_AGAIN_NS);
    }
    return true;
}

/* A Unix domain socket that has no name cannot be answered: the kernel chooses one (unix(7), autobind). */
static bool name_socket(int fd, const struct peer_address *address)
{
    static const struct sockaddr_un none = {.sun_family = AF_UNIX};
    if (address->to.any.sa_family != AF_UNIX || address->type != SOCK_DGRAM)
        return true;
    return bind(fd, (const struct sockaddr *)&none, sizeof none.sun_family) == 0;
}

bool peer_connect(struct peer *peer)
{
    struct peer_address address;
    peer->current = 0;
    int fd = open_socket(peer, &address);
    if (fd < 0)
        return false;
    bool good =
        name_socket(fd, &address) ? connect_socket(peer, fd, &address) : peer_fail_errno(peer, "bind", errno);
    if (!good) {
        close(fd);
        return false;
    }
    no_delay(fd);
    return peer_add_wire(peer, fd, address.type, false);
}

/* peer->got.len is how many bytes have been sent. */
static void describe_send(const struct peer *peer, const char *reason, char **ret_expected, char **ret_got)
{
    char *quoted = mismatch_quoted(&peer->wanted, peer->got.len);
    *ret_expected = text_format("%zu byte%s sent: %s", peer->wanted.len, peer->wanted.len == 1 ? "" : "s",
                                quoted != NULL ? quoted : "?");
    *ret_got = text_format("%zu sent, %s", peer->got.len, reason);
    free(quoted);
}

/* Sends all of it; a message in one call. */
static bool send_piece(struct peer *peer, const char *at, size_t len)
{
    const struct wire *wire = peer_wire(peer);
    const struct sockaddr *to = wire->bound ? (const struct sockaddr *)&wire->sender : NULL;
    if (wire->bound && wire->sender_len == 0)
        return peer_fail(peer, "nobody with an address has sent anything yet");
    for (size_t done = 0;;) {
        ssize_t sent =
            sendto(wire->fd, at + done, len - done, MSG_NOSIGNAL, to, to != NULL ? wire->sender_len : 0);
        if (sent >= 0) {
            done += (size_t)sent;
            peer->got.len += (size_t)sent;
            if (done == len)
                return true;
        } else if (errno == EAGAIN) {
            if (!peer_wait(peer, wire->fd, POLLOUT, peer->until_ns))
                return peer_fail_late(peer);
        } else if (errno != EINTR) {
            return peer_fail_errno(peer, "then", errno);
        }
    }
}

bool peer_send(struct peer *peer)
{
    const struct peer_step *step = peer->step;
    struct diag diag = {0};
    if (!bytes_make(step, peer->task->runtime, peer->task->root, &peer->wanted, &diag))
        return peer_fail(peer, diag.text);
    peer->describe = describe_send;
    size_t len = peer->wanted.len, piece = step->bytes > 0 && step->bytes < len ? (size_t)step->bytes : len;
    for (size_t done = 0; done < len || len == 0; done += piece) {
        if (done > 0 && step->pause_ns > 0)
            peer_wait(peer, -1, 0, peer_now(peer) + step->pause_ns);
        if (!send_piece(peer, peer->wanted.at + done, len - done < piece ? len - done : piece))
            return false;
        if (len == 0)
            break;
    }
    return true;
}
