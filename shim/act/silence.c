#include "shim/act/silence.h"
#include "shim/intercept/next.h"

#include <linux/filter.h>

bool falls_silent(struct attempt *at)
{
    struct sock_filter keep_nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &keep_nothing};
    next_setsockopt(at->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
    return true;
}
