#include "shim/act/silence.h"
#include "shim/intercept/next.h"
#include "shim/state.h"

#include <errno.h>
#include <linux/filter.h>

bool falls_silent(struct attempt *at)
{
    struct sock_filter keep_nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &keep_nothing};
    int saved = errno;
    if (next_setsockopt(at->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
        decision_undo(shim.board, &at->decision); /* SO_LOCK_FILTER */
    else
        atomic_store(&shim.board->silenced, 1);
    errno = saved;
    return true;
}
