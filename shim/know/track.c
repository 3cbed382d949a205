#include "shim/know/track.h"
#include "shim/know/descriptors.h"
#include "shim/know/epolls.h"
#include "shim/know/lookups.h"
#include "shim/know/matches.h"
#include "shim/know/room.h"
#include "shim/know/sockets.h"
#include "shim/model/endpoint.h"
#include "shim/state.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

/* Who takes from a socket what others may be told of. */
static void note_reader(const struct attempt *at)
{
    int32_t none = 0;
    if (!at->socket || at->flags & (MSG_PEEK | MSG_ERRQUEUE))
        return;
    if (!atomic_compare_exchange_strong(&at->socket->reader, &none, thread_id()) && none != thread_id())
        socket_set(at->socket, SOCKET_THREADED);
}

void track_before(const struct attempt *at)
{
    enum call_family family = at->info->family;
    if (family == FAMILY_ACCEPT || family == FAMILY_RECEIVE)
        note_reader(at);
    if (!shim.process || (family != FAMILY_WAIT && family != FAMILY_ACCEPT && family != FAMILY_RECEIVE))
        return;
    if (!(at->info->traits & BLOCKS) || !atomic_load_explicit(&shim.process->listening, memory_order_relaxed))
        return;
    if (atomic_fetch_add(&shim.process->waits_after_listening, 1) == 0)
        state_ring();
}

/* Bytes that really moved: of a message vector, the sum of its lengths. */
static uint64_t bytes_moved(const struct attempt *at)
{
    uint64_t bytes = 0;
    if (!at->messages)
        return at->result > 0 ? (uint64_t)at->result : 0;
    for (intptr_t i = 0; i < at->result; i++)
        bytes += at->messages[i].msg_len;
    return bytes;
}

/* The program knows that so many bytes are there: the kernel never takes them back. */
static void promise(struct board_socket *socket, uint64_t bytes)
{
    if (bytes > atomic_load(&socket->promised))
        atomic_store(&socket->promised, bytes);
}

/* Part of the promise, or all of it. Of a datagram, nothing remains. */
static void keep_promise(struct board_socket *socket, uint64_t bytes)
{
    uint64_t promised = atomic_load(&socket->promised);
    bool some = socket->type != SOCK_DGRAM && bytes > 0 && bytes < promised;
    atomic_store(&socket->promised, some ? promised - bytes : 0);
}

/* Of a datagram, also a receive of nothing takes the whole (read and readv return at once). */
static bool takes_message(const struct attempt *at)
{
    return at->socket->type != SOCK_STREAM && at->call != CALL_read && at->call != CALL_readv;
}

static void track_received(struct attempt *at)
{
    uint64_t bytes = bytes_moved(at);
    if (at->flags & (MSG_PEEK | MSG_ERRQUEUE)) {
        atomic_fetch_add(&shim.fruitful_waits, 1);
        promise(at->socket, at->flags & MSG_ERRQUEUE ? 0 : bytes);
        return;
    }
    atomic_store(&at->socket->told, state_news());
    if (!at->untouched)
        atomic_store(&at->socket->habit, (uint32_t)at->call + 1);
    if (bytes == 0 && at->asked == 0 && !takes_message(at))
        return;
    keep_promise(at->socket, bytes);
    if (bytes == 0 && at->socket->type == SOCK_STREAM && !(at->flags & MSG_OOB))
        socket_set(at->socket, SOCKET_ENDED);
    if (bytes == 0)
        return;
    atomic_fetch_add(&at->socket->bytes_received, bytes);
    atomic_fetch_add(&shim.board->roles[shim.role].bytes_received, bytes);
    socket_clear(at->socket, SOCKET_UNANSWERED);
}

static void track_sent(struct attempt *at)
{
    uint64_t bytes = bytes_moved(at);
    atomic_fetch_add(&at->socket->bytes_sent, bytes);
    atomic_fetch_add(&shim.board->roles[shim.role].bytes_sent, bytes);
    socket_set(at->socket, SOCKET_SENT | SOCKET_UNANSWERED);
    if (at->socket->type != SOCK_DGRAM)
        return;
    if (at->flags & MSG_MORE)
        socket_set(at->socket, SOCKET_CORKED);
    else
        socket_clear(at->socket, SOCKET_CORKED);
}

static void publish_listener(struct board_socket *socket, int fd)
{
    struct board_process *process = shim.process;
    socket_set(socket, SOCKET_LISTENING);
    socket_ask_names(socket, fd);
    if (!process)
        return;
    uint32_t i = atomic_fetch_add(&process->port_count, 1);
    if (i < sizeof process->ports / sizeof *process->ports)
        atomic_store(&process->ports[i], socket->local.port);
    atomic_fetch_add(&process->listening, 1);
    state_ring();
}

/* 0 is what it is without: the kernel's own (tcp(7)). The call has succeeded, so there is a value. */
static bool sets_patience(const struct attempt *at)
{
    int timeout_ms;
    if (at->option != TCP_USER_TIMEOUT)
        return false;
    memcpy(&timeout_ms, at->value, sizeof timeout_ms);
    return timeout_ms != 0;
}

/* What the program does itself about who hears what (enum board_silence): its own filter may do what an
 * injected one does (shim/act/silence.c), or take that one's place. */
static uint32_t own_silence(const struct attempt *at)
{
    if (at->call != CALL_setsockopt)
        return 0;
    if (at->level == IPPROTO_TCP)
        return sets_patience(at) ? BOARD_OWN_PATIENCE : 0;
    bool filters =
        at->option == SO_ATTACH_FILTER || at->option == SO_ATTACH_BPF || at->option == SO_DETACH_FILTER;
    return at->level == SOL_SOCKET && filters ? BOARD_FILTERED : 0;
}

/* A datagram socket that has an address of its own is as ready as a listener. */
static void track_setup(struct attempt *at)
{
    if (at->call == CALL_listen || (at->call == CALL_bind && at->socket->type == SOCK_DGRAM))
        publish_listener(at->socket, at->fd);
    else if (own_silence(at) != 0)
        atomic_fetch_or(&shim.board->silenced, own_silence(at));
}

static void track_connect(struct attempt *at)
{
    atomic_store(&at->socket->told, state_news());
    if (at->err == EINPROGRESS || at->err == EINTR)
        socket_set(at->socket, SOCKET_CONNECTING);
    else
        socket_clear(at->socket, SOCKET_CONNECTING);
    if (at->err && at->err != EINPROGRESS && at->err != EINTR)
        return;
    if (at->addr && at->addr->sa_family == AF_UNSPEC) {
        if (!at->err)
            socket_clear(at->socket, SOCKET_OF_A_CONNECTION);
        return;
    }
    socket_clear(at->socket, SOCKET_ENDED);
    socket_number(at->socket);
    at->socket->peer = at->target;
    socket_ask_names(at->socket, at->fd);
}

static void track_created(struct attempt *at)
{
    if (at->pair) {
        socket_pair_made(at->pair);
    } else if (at->call == CALL_socket) {
        socket_made((int)at->result);
    } else {
        descriptor_set((int)at->result, DESCRIPTOR_EPOLL);
    }
}

static bool copies(const struct attempt *at)
{
    if (at->call == CALL_fcntl)
        return at->argument == F_DUPFD || at->argument == F_DUPFD_CLOEXEC;
    return at->info->traits & COPIES_FD;
}

/* Descriptors that came in a message: their numbers mean something new. */
static void track_passed(const struct msghdr *message)
{
    struct cmsghdr *c = message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL;
    for (; c; c = CMSG_NXTHDR((struct msghdr *)message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const int *fds = (const int *)(void *)CMSG_DATA(c);
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds; i++)
            if (fds[i] >= 0)
                descriptor_forget((unsigned int)fds[i], (unsigned int)fds[i]);
    }
}

static void track_error(struct attempt *at)
{
    if (at->socket && at->socket->type == SOCK_DGRAM &&
        (at->err == ECONNREFUSED || at->err == EHOSTUNREACH || at->err == ENETUNREACH ||
         at->err == ENOPROTOOPT))
        socket_clear(at->socket, SOCKET_SENT);
    if (!at->socket || at->err != EAGAIN)
        return;
    if (at->info->family == FAMILY_RECEIVE)
        atomic_store(&at->socket->promised, 0);
    if (at->info->family == FAMILY_RECEIVE || at->info->family == FAMILY_ACCEPT)
        atomic_store(&at->socket->told, state_news());
}

/* Whoever sends, receives or learns the name of the peer knows of a connection. */
static bool tells_of_connection(const struct attempt *at)
{
    return at->info->family == FAMILY_SEND || at->info->family == FAMILY_RECEIVE ||
           at->call == CALL_getpeername;
}

static void track_shutdown(struct attempt *at)
{
    if (at->argument != SHUT_WR)
        socket_set(at->socket, SOCKET_SHUT_READING);
    if (at->argument != SHUT_RD)
        socket_set(at->socket, SOCKET_SHUT_WRITING);
}

static void track_moved(struct attempt *at)
{
    if (tells_of_connection(at))
        socket_clear(at->socket, SOCKET_CONNECTING);
    if (at->info->family == FAMILY_RECEIVE)
        track_received(at);
    else if (at->info->family == FAMILY_SEND)
        track_sent(at);
    else if (at->info->family == FAMILY_SETUP)
        track_setup(at);
    else if (at->call == CALL_shutdown)
        track_shutdown(at);
    else if (at->info->family == FAMILY_ACCEPT) /* of the next connection it knows nothing yet */
        atomic_store(&at->socket->told, state_news());
}

/* What a vfork child does to descriptors is not noted: the table is its parent's. */
static void track_descriptors(struct attempt *at)
{
    if (at->borrowed)
        return;
    if (at->info->family == FAMILY_CREATE)
        track_created(at);
    else if (copies(at) && at->result != at->fd) {
        epoll_forget((unsigned int)at->result, (unsigned int)at->result);
        descriptor_set((int)at->result, descriptor_get(at->fd));
    }
    if (at->info->traits & PASSES_FDS && at->message)
        track_passed(at->message);
    for (intptr_t i = 0; at->info->traits & PASSES_FDS && at->messages && i < at->result; i++)
        track_passed(&at->messages[i].msg_hdr);
}

void track_after(struct attempt *at)
{
    bool failed = attempt_failed(at);
    if (at->info->family == FAMILY_RESOLVE && at->decision.recipe != RECIPE_RESOLVE_FAIL && lookup_asks(at))
        atomic_store(&shim.has_looked_up, true);
    if (at->info->traits & CLOSES && !at->borrowed && at->fd >= 0) {
        epoll_forget((unsigned int)at->fd, (unsigned int)at->fd);
        descriptor_forget((unsigned int)at->fd, (unsigned int)at->fd);
    }
    if (at->info->family == FAMILY_CONNECT && at->socket)
        track_connect(at);
    if (at->info->family == FAMILY_WAIT && !failed && at->result > 0) {
        atomic_fetch_add(&shim.fruitful_waits, 1);
        room_note(at);
    }
    if (at->info->family == FAMILY_SEND && at->socket)
        socket_clear(at->socket, SOCKET_ROOM);
    if (at->call == CALL_ioctl && (unsigned long)at->argument == FIONREAD && !failed && at->socket &&
        at->value)
        promise(at->socket, (uint64_t) * (const int *)at->value);
    if (failed) {
        track_error(at);
        return;
    }
    if (at->socket)
        track_moved(at);
    matches_note(at);
    if (at->call == CALL_epoll_ctl && !at->borrowed)
        epoll_note(at->fd, at->other_fd, at->argument == EPOLL_CTL_DEL ? NULL : at->events);
    track_descriptors(at);
}
