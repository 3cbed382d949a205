#include "shim/know/going.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/stat.h>

static bool is_stream(const struct attempt *at)
{
    return at->socket && at->socket->type == SOCK_STREAM;
}

/* read and readv of nothing return at once; an empty datagram is received by the others. */
static bool receives_something(const struct attempt *at)
{
    return at->asked > 0 || (at->call != CALL_read && at->call != CALL_readv);
}

/* Of nothing, a stream sends nothing; a message is sent by all calls but these. */
static bool sends_something(const struct attempt *at)
{
    if (at->asked > 0)
        return true;
    return !is_stream(at) && at->call != CALL_writev && at->call != CALL_sendfile && at->call != CALL_splice;
}

/* sendfile(2): from the end of the file on there is nothing to send. */
static bool is_past_file(const struct attempt *at)
{
    struct stat file;
    if (fstat(at->other_fd, &file) < 0 || !S_ISREG(file.st_mode))
        return false;
    if (!at->value)
        return lseek(at->other_fd, 0, SEEK_CUR) >= file.st_size;
    return !attempt_nowhere(at->value) && *(const off_t *)at->value >= file.st_size;
}

/* splice(2): whoever wrote to the pipe is gone, and it is empty. */
static bool is_past_pipe(const struct attempt *at)
{
    struct pollfd pipe = {.fd = at->other_fd, .events = POLLIN};
    return next_poll(&pipe, 1, 0) > 0 && pipe.revents == POLLHUP;
}

static bool finds_end(const struct attempt *at)
{
    int saved = errno;
    bool end =
        (at->call == CALL_sendfile && is_past_file(at)) || (at->call == CALL_splice && is_past_pipe(at));
    errno = saved;
    return end;
}

bool call_is_ordinary(const struct attempt *at)
{
    if ((at->call == CALL_sendmmsg || at->call == CALL_recvmmsg) && at->message_count == 0)
        return false;
    if (at->info->family == FAMILY_RECEIVE)
        return !(at->flags & (MSG_OOB | MSG_ERRQUEUE)) && receives_something(at);
    return sends_something(at) && !finds_end(at);
}

bool call_makes_datagram(const struct attempt *at)
{
    if (!at->socket || at->socket->protocol != IPPROTO_UDP)
        return true;
    return !socket_has(at->socket, SOCKET_CORKED) && !(at->flags & MSG_MORE) &&
           !socket_option(at->fd, IPPROTO_UDP, UDP_CORK, 0);
}

/*
 * What the program has shut down itself is over for good (shutdown(2)), but that a socket of datagrams goes
 * on saying EAGAIN where it need not wait.
 */
static bool is_shut(const struct attempt *at)
{
    if (at->info->family == FAMILY_SEND)
        return socket_has(at->socket, SOCKET_SHUT_WRITING);
    return socket_has(at->socket, SOCKET_SHUT_READING) &&
           (at->socket->type != SOCK_DGRAM || facts_may_wait(at));
}

/* A wait may have told of an error since the last receive: the next gives that before anything else. */
static bool is_told_of_error(const struct attempt *at)
{
    struct pollfd now = {.fd = at->fd};
    return atomic_load(&at->socket->told) != state_news() && next_poll(&now, 1, 0) > 0 &&
           now.revents & POLLERR;
}

/* A receive at the end gives 0 again and again; a send after the end of its own side, EPIPE. */
bool call_goes_on(const struct attempt *at)
{
    bool receives = at->info->family == FAMILY_RECEIVE;
    if (!at->socket || !call_is_ordinary(at) || is_shut(at) ||
        socket_has(at->socket, SOCKET_DEAD | SOCKET_EOF_SENT) ||
        (receives && socket_has(at->socket, SOCKET_EOF | SOCKET_ENDED | SOCKET_OWES_RESET)) ||
        (receives && is_told_of_error(at)))
        return false;
    if (at->socket->type == SOCK_DGRAM && (receives || at->addr || at->messages))
        return true;
    int state = at->socket->protocol == IPPROTO_TCP ? facts_tcp_state(at->fd) : -1;
    if (state < 0)
        return facts_connected(at);
    if (receives)
        return state != TCP_CLOSE && state != TCP_LISTEN;
    return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT || state == TCP_SYN_SENT ||
           state == TCP_SYN_RECV;
}
