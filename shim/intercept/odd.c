/* Calls that no row can express, each with its reason. (exec and spawn are in process.c.) */
#include "shim/act/overtaken.h"
#include "shim/intercept/attempt.h"
#include "shim/intercept/next.h"
#include "shim/intercept/steps.h"
#include "shim/intercept/wrappers.h"
#include "shim/know/descriptors.h"
#include "shim/know/epolls.h"
#include "shim/know/sockets.h"
#include "shim/state.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>

#define SITE __builtin_return_address(0)

/*
 * splice has two descriptors, and either may be the socket: out of a socket it receives, into one it sends.
 * One row can have one family; here it is a send when the output is a socket, and otherwise goes by
 * untouched, but tracked: as what it is. SPLICE_F_NONBLOCK is about the pipe; the socket goes by O_NONBLOCK.
 */
EXPORTED ssize_t wrap_splice(int in_fd, off64_t *in_offset, int out_fd, off64_t *out_offset, size_t len,
                             unsigned int flags) __asm__("splice");
ssize_t wrap_splice(int in_fd, off64_t *in_offset, int out_fd, off64_t *out_offset, size_t len,
                    unsigned int flags)
{
    if (call_is_idle(CALL_splice))
        return next_splice(in_fd, in_offset, out_fd, out_offset, len, flags);
    struct attempt at;
    attempt_init(&at, CALL_splice, SITE);
    struct call_info receives = *at.info;
    receives.family = FAMILY_RECEIVE;
    at.untouched = !socket_of(out_fd);
    at.fd = at.untouched ? in_fd : out_fd;
    at.other_fd = at.untouched ? out_fd : in_fd;
    at.asked = len;
    at.flags = flags & SPLICE_F_MORE ? MSG_MORE : 0;
    if (at.untouched)
        at.info = &receives;
    if (attempt_begin(&at)) {
        if (at.cuts)
            len = at.length;
        attempt_returned(&at, next_splice(in_fd, in_offset, out_fd, out_offset, len, flags));
    }
    return attempt_end(&at);
}

/* close_range and closefrom end many descriptors at once; no fault is legal there, what counts is to forget
 * them all. */
EXPORTED int wrap_close_range(unsigned int first, unsigned int last, int flags) __asm__("close_range");
int wrap_close_range(unsigned int first, unsigned int last, int flags)
{
    if (call_is_idle(CALL_close_range))
        return next_close_range(first, last, flags);
    struct attempt at;
    attempt_init(&at, CALL_close_range, SITE);
    bool go = attempt_begin(&at);
    if (!(flags & CLOSE_RANGE_CLOEXEC) && !at.borrowed)
        overtaken_end(first, last);
    if (go)
        attempt_returned(&at, next_close_range(first, last, flags));
    if (!at.err && !(flags & CLOSE_RANGE_CLOEXEC) && !at.borrowed) {
        epoll_forget(first, last);
        descriptor_forget(first, last);
    }
    return (int)attempt_end(&at);
}

EXPORTED void wrap_closefrom(int first) __asm__("closefrom");
void wrap_closefrom(int first)
{
    if (call_is_idle(CALL_closefrom)) {
        next_closefrom(first);
        return;
    }
    struct attempt at;
    attempt_init(&at, CALL_closefrom, SITE);
    bool go = attempt_begin(&at);
    if (!at.borrowed)
        overtaken_end(first < 0 ? 0 : (unsigned int)first, UINT_MAX);
    if (go) {
        next_closefrom(first);
        attempt_returned(&at, 0);
    }
    if (!at.borrowed) {
        epoll_forget(first < 0 ? 0 : (unsigned int)first, UINT_MAX);
        descriptor_forget(first < 0 ? 0 : (unsigned int)first, UINT_MAX);
    }
    attempt_end(&at);
}
