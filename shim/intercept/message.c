#include "shim/intercept/message.h"
#include "shim/intercept/next.h"

#include <errno.h>
#include <string.h>

bool message_of(const struct attempt *at, struct msghdr *ret, struct iovec *one)
{
    if (at->messages && at->message_count > 0) {
        *ret = at->messages[0].msg_hdr;
        return true;
    }
    if (at->message) {
        *ret = *at->message;
        return true;
    }
    *ret = (struct msghdr){.msg_iov = one, .msg_iovlen = 1};
    *one = (struct iovec){at->buf, at->asked};
    if (at->iov) {
        ret->msg_iov = (struct iovec *)at->iov;
        ret->msg_iovlen = at->iovcnt > 0 ? (size_t)at->iovcnt : 0;
    } else if (!at->buf && at->asked > 0) {
        return false;
    }
    if (at->info->family == FAMILY_SEND) {
        ret->msg_name = (void *)at->addr;
        ret->msg_namelen = at->addr ? at->addrlen : 0;
    } else if (at->name && at->name_len) {
        ret->msg_name = at->name;
        ret->msg_namelen = *at->name_len;
    }
    return true;
}

/* What a receive was told besides its bytes, where the program looks for it. */
static void tell(struct attempt *at, const struct msghdr *message)
{
    struct msghdr *theirs = at->messages ? &at->messages[0].msg_hdr : at->message;
    if (theirs) {
        theirs->msg_namelen = message->msg_namelen;
        theirs->msg_controllen = message->msg_controllen;
        theirs->msg_flags = message->msg_flags;
    } else if (at->name && at->name_len) {
        *at->name_len = message->msg_namelen;
    }
}

static void returned(struct attempt *at, ssize_t n)
{
    attempt_returned(at, n);
    if (n < 0 || !at->messages)
        return;
    at->messages[0].msg_len = (unsigned int)n;
    at->result = 1;
}

void message_transfer(struct attempt *at, int more_flags, size_t length)
{
    struct msghdr message;
    struct iovec one, parts[ATTEMPT_IOVECS];
    size_t used = 0;
    if (!message_of(at, &message, &one)) {
        attempt_fail(at, EINVAL);
        return;
    }
    for (; length != SIZE_MAX && used < message.msg_iovlen && used < ATTEMPT_IOVECS && length > 0; used++) {
        parts[used] = message.msg_iov[used];
        if (parts[used].iov_len > length)
            parts[used].iov_len = length;
        length -= parts[used].iov_len;
    }
    if (length != SIZE_MAX) {
        message.msg_iov = parts;
        message.msg_iovlen = used;
    }
    if (at->info->family == FAMILY_SEND) {
        returned(at, next_sendmsg(at->fd, &message, at->flags | more_flags));
        return;
    }
    returned(at, next_recvmsg(at->fd, &message, (at->flags & ~MSG_WAITFORONE) | more_flags));
    if (at->result >= 0)
        tell(at, &message);
}

void message_send(struct attempt *at, const struct msghdr *message, int more_flags)
{
    returned(at, next_sendmsg(at->fd, message, at->flags | more_flags));
}

/* As the kernel's put_cmsg does it: what does not fit is cut off, and MSG_CTRUNC says so. */
static void give_control(struct msghdr *message, const struct board_held *datagram)
{
    struct msghdr ours = {.msg_control = (void *)datagram->control, .msg_controllen = datagram->control_len};
    unsigned char *to = message->msg_control;
    size_t room = to ? message->msg_controllen : 0, used = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&ours); c; c = CMSG_NXTHDR(&ours, c)) {
        size_t left = room - used, len = c->cmsg_len, space = CMSG_SPACE(len - CMSG_LEN(0));
        if (len > left)
            message->msg_flags |= MSG_CTRUNC;
        if (left < sizeof *c)
            continue;
        struct cmsghdr head = *c;
        head.cmsg_len = len < left ? len : left;
        memcpy(to + used, c, head.cmsg_len);
        memcpy(to + used, &head, sizeof head);
        used += space < left ? space : left;
    }
    message->msg_controllen = used;
}

static size_t give_bytes(const struct msghdr *message, const struct board_held *datagram)
{
    size_t done = 0;
    for (size_t i = 0;
         i < message->msg_iovlen && done < datagram->len && !attempt_nowhere(message->msg_iov[i].iov_base);
         i++) {
        size_t len = message->msg_iov[i].iov_len, left = datagram->len - done;
        memcpy(message->msg_iov[i].iov_base, datagram->bytes + done, len < left ? len : left);
        done += len < left ? len : left;
    }
    return done;
}

void message_deliver(struct attempt *at, const struct board_held *datagram)
{
    struct msghdr message;
    struct iovec one;
    if (!message_of(at, &message, &one))
        return;
    size_t done = give_bytes(&message, datagram);
    if (message.msg_name) {
        memcpy(message.msg_name, datagram->name,
               message.msg_namelen < datagram->name_len ? message.msg_namelen : datagram->name_len);
        message.msg_namelen = datagram->name_len;
    }
    message.msg_flags = (int)(datagram->flags & ~(uint32_t)(MSG_TRUNC | MSG_CTRUNC)) |
                        (at->flags & MSG_CMSG_CLOEXEC) | (done < datagram->len ? MSG_TRUNC : 0);
    give_control(&message, datagram);
    tell(at, &message);
    at->err = 0;
    returned(at, (ssize_t)(at->flags & MSG_TRUNC ? datagram->len : done));
}

size_t message_bytes(const struct attempt *at, unsigned char *to, size_t size)
{
    struct msghdr message;
    struct iovec one;
    size_t total = 0;
    if (!message_of(at, &message, &one))
        return 0;
    for (size_t i = 0; i < message.msg_iovlen; i++) {
        size_t len = message.msg_iov[i].iov_len, room = total < size ? size - total : 0;
        if (attempt_nowhere(message.msg_iov[i].iov_base) && len > 0)
            return 0;
        memcpy(to + (total < size ? total : size), message.msg_iov[i].iov_base, len < room ? len : room);
        total += len;
    }
    return total;
}
