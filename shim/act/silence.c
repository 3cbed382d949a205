#include "shim/act/silence.h"
#include "shim/intercept/next.h"
#include "shim/state.h"

#include <errno.h>
#include <linux/filter.h>

static void note_deaf(struct board *board, uint64_t inode)
{
    uint32_t i = atomic_fetch_add(&board->deaf_end, 1);
    if (i < BOARD_DEAF)
        atomic_store(&board->deaf[i], inode);
    atomic_fetch_or(&board->silenced, i < BOARD_DEAF ? BOARD_SILENCED : BOARD_SILENCED | BOARD_FILTERED);
}

bool falls_silent(struct attempt *at)
{
    struct sock_filter keep_nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &keep_nothing};
    int saved = errno;
    if (next_setsockopt(at->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
        decision_undo(shim.board, &at->decision); /* SO_LOCK_FILTER */
    else
        note_deaf(shim.board, atomic_load(&at->socket->inode));
    errno = saved;
    return true;
}
