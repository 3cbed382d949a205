#include "shim/act/silence.h"
#include "shim/act/connection.h"
#include "shim/intercept/next.h"
#include "shim/know/facts.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>

static void note_deaf(struct board *board, uint64_t inode)
{
    uint32_t i = atomic_fetch_add(&board->deaf_end, 1);
    if (i < BOARD_DEAF)
        atomic_store(&board->deaf[i], inode);
    atomic_fetch_or(&board->silenced, i < BOARD_DEAF ? BOARD_SILENCED : BOARD_SILENCED | BOARD_FILTERED);
}

static bool attach(int fd)
{
    struct sock_filter keep_nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &keep_nothing};
    return next_setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

bool silence_may_begin(const struct attempt *at)
{
    int scrap = at->socket ? next_socket(at->socket->domain, at->socket->type | SOCK_CLOEXEC, 0) : -1;
    bool may =
        at->socket && !socket_option(at->fd, SOL_SOCKET, SO_LOCK_FILTER, 0) && (scrap < 0 || attach(scrap));
    if (scrap >= 0)
        next_close(scrap);
    return may;
}

/* The other side's end came in the last moment: it cannot be taken back. */
static bool has_ended(const struct attempt *at)
{
    return at->info->family == FAMILY_RECEIVE && at->socket->type == SOCK_STREAM &&
           facts_tcp_state(at->fd) != TCP_ESTABLISHED && facts_tcp_state(at->fd) != TCP_FIN_WAIT1 &&
           facts_tcp_state(at->fd) != TCP_FIN_WAIT2;
}

bool falls_silent(struct attempt *at)
{
    int saved = errno;
    if (!attach(at->fd)) {
        decision_refuse(shim.board, &at->decision, CONDITION_FILTERABLE);
    } else if (has_ended(at)) {
        next_setsockopt(at->fd, SOL_SOCKET, SO_DETACH_FILTER, &(int){0}, sizeof(int));
        decision_refuse(shim.board, &at->decision, CONDITION_OPEN);
    } else {
        note_deaf(shim.board, atomic_load(&at->socket->inode));
    }
    errno = saved;
    return true;
}

bool falls_silent_now(struct attempt *at)
{
    enum { ROUNDS = 1000 }; /* each ends at an empty datagram, behind which there may be others */
    falls_silent(at);
    for (int i = 0; at->decision.rule >= 0 && i < ROUNDS; i++)
        if (connection_drain(at->fd, at->socket->type == SOCK_STREAM) == 0)
            break;
    return true;
}
