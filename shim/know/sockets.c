#include "shim/know/sockets.h"
#include "shim/intercept/next.h"
#include "shim/know/descriptors.h"
#include "shim/know/held.h"
#include "shim/model/endpoint.h"
#include "shim/state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { PROBES = 32 };
#define INODE_BUSY UINT64_MAX /* a slot that is being filled in */

int socket_option(int fd, int level, int option, int fallback)
{
    int saved = errno, value = fallback;
    socklen_t size = sizeof value;
    if (next_getsockopt(fd, level, option, &value, &size) < 0)
        value = fallback;
    errno = saved;
    return value;
}

static struct board_socket *slot_at(uint64_t inode, int probe)
{
    return &shim.board->sockets[((inode * 0x9e3779b97f4a7c15 >> 32) + (uint64_t)probe) % BOARD_SOCKETS];
}

static struct board_socket *find(uint64_t inode)
{
    for (int i = 0; i < PROBES; i++)
        if (atomic_load_explicit(&slot_at(inode, i)->inode, memory_order_acquire) == inode)
            return slot_at(inode, i);
    return NULL;
}

/* An empty slot, else the one that was filled longest ago: its socket, if it lives on, is then met as a new
 * one. */
static struct board_socket *take_slot(uint64_t inode)
{
    struct board_socket *oldest = slot_at(inode, 0);
    for (int i = 0; i < PROBES; i++) {
        struct board_socket *slot = slot_at(inode, i);
        uint64_t was = 0;
        if (atomic_compare_exchange_strong(&slot->inode, &was, INODE_BUSY))
            return slot;
        if (atomic_load(&slot->stamp) < atomic_load(&oldest->stamp))
            oldest = slot;
    }
    atomic_store(&oldest->inode, INODE_BUSY);
    return oldest;
}

void socket_ask_names(struct board_socket *socket, int fd)
{
    int saved = errno;
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    if (next_getsockname(fd, (struct sockaddr *)&name, &len) == 0)
        endpoint_from_sockaddr(&socket->local, (struct sockaddr *)&name, len);
    len = sizeof name;
    if (next_getpeername(fd, (struct sockaddr *)&name, &len) == 0)
        endpoint_from_sockaddr(&socket->peer, (struct sockaddr *)&name, len);
    errno = saved;
}

void socket_number(struct board_socket *socket)
{
    uint32_t none = 0;
    if (atomic_load(&socket->connection))
        return;
    uint32_t number = atomic_fetch_add(&shim.board->roles[shim.role].connections, 1) + 1;
    atomic_compare_exchange_strong(&socket->connection, &none, number);
}

static void fill(struct board_socket *socket, uint64_t inode, int fd)
{
    atomic_store(&socket->stamp, atomic_fetch_add(&shim.board->socket_stamp, 1) + 1);
    atomic_store(&socket->partner, 0);
    atomic_store(&socket->connection, 0);
    atomic_store(&socket->role, shim.role);
    atomic_store(&socket->owner, shim.pid);
    atomic_store(&socket->reader, 0);
    atomic_store(&socket->flags, 0);
    atomic_store(&socket->bytes_received, 0);
    atomic_store(&socket->bytes_sent, 0);
    atomic_store(&socket->habit, 0);
    atomic_store(&socket->promised, 0);
    held_forget(socket);
    atomic_store(&socket->flip_bits, 0);
    atomic_store(&socket->told, state_news());
    socket->domain = (uint16_t)socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_UNSPEC);
    socket->type = (uint16_t)socket_option(fd, SOL_SOCKET, SO_TYPE, 0);
    socket->protocol = (uint16_t)socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0);
    socket->local = socket->peer = (struct endpoint){0};
    if (socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN, 0))
        socket_set(socket, SOCKET_LISTENING);
    socket_ask_names(socket, fd);
    atomic_store_explicit(&socket->inode, inode, memory_order_release);
}

/* The inode of a socket; 0 for anything else. */
static uint64_t inode_of(int fd)
{
    int saved = errno;
    struct stat status;
    uint64_t inode = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
    errno = saved;
    return inode;
}

static bool names(int fd, uint64_t inode)
{
    int32_t slot = descriptor_get(fd);
    if (slot == DESCRIPTOR_UNKNOWN)
        return inode_of(fd) == inode;
    return slot >= 0 && atomic_load(&shim.board->sockets[slot].inode) == inode;
}

bool socket_has_own_peer(const struct board_socket *socket)
{
    uint64_t partner = socket ? atomic_load(&socket->partner) : 0;
    for (int fd = 0; partner && fd < descriptor_end(); fd++)
        if (names(fd, partner))
            return true;
    return false;
}

static void remember(int fd, const struct board_socket *socket)
{
    if (!state_is_borrowed())
        descriptor_set(fd, socket ? (int32_t)(socket - shim.board->sockets) : DESCRIPTOR_OTHER);
}

static struct board_socket *take_in(int fd, uint64_t inode)
{
    struct board_socket *socket = take_slot(inode);
    fill(socket, inode, fd);
    return socket;
}

struct board_socket *socket_made(int fd)
{
    uint64_t inode = inode_of(fd);
    struct board_socket *socket = NULL;
    if (inode) {
        socket = find(inode);
        if (socket)
            fill(socket, inode, fd);
        else
            socket = take_in(fd, inode);
    }
    remember(fd, socket);
    return socket;
}

void socket_pair_made(const int fds[2])
{
    struct board_socket *ends[2] = {socket_made(fds[0]), socket_made(fds[1])};
    for (int i = 0; ends[0] && ends[1] && i < 2; i++)
        atomic_store(&ends[i]->partner, atomic_load(&ends[!i]->inode));
}

static void note_sharing(struct board_socket *socket)
{
    if (atomic_load_explicit(&socket->owner, memory_order_relaxed) != shim.pid &&
        !socket_has(socket, SOCKET_SHARED))
        socket_set(socket, SOCKET_SHARED);
}

struct board_socket *socket_of(int fd)
{
    int32_t hint = fd < 0 ? DESCRIPTOR_OTHER : descriptor_get(fd);
    if (hint == DESCRIPTOR_OTHER || hint == DESCRIPTOR_EPOLL)
        return NULL;
    uint64_t inode = inode_of(fd);
    struct board_socket *socket = inode ? find(inode) : NULL;
    if (hint >= 0 && socket == &shim.board->sockets[hint]) {
        note_sharing(socket);
        return socket;
    }
    if (inode && !socket) {
        socket = take_in(fd, inode);
        if (socket->peer.family != AF_UNSPEC)
            socket_number(socket); /* met when already connected: inherited, or passed */
        if (atomic_load(&shim.board->additions) > 0)
            atomic_store(&socket->told, state_news() - 1); /* nobody looked before: it may have been told */
    }
    if (inode || hint == DESCRIPTOR_UNKNOWN)
        remember(fd, socket);
    if (socket)
        note_sharing(socket);
    return socket;
}
