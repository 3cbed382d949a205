/*
 * Arguments that the kernel refuses are the kernel's to refuse: under an armed rule as without one, and
 * without looking through pointers that lead nowhere.
 */
#include "tests/shim/check.h"

#include <limits.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/uio.h>

static char buf[16];
static struct iovec one = {buf, sizeof buf};
static int ends[2];
/* The compiler is not to know what they are. */
static void *volatile nowhere = (void *)8;
static volatile int very_many = INT_MAX, fewer_than_none = -1;
static const volatile size_t largest = SIZE_MAX;

static void pair(void)
{
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "0123456789", 10, 0));
}

/* receive,send:short=1:when=100000 */
static void vectors(void)
{
    pair();
    EXPECT_ERROR(readv(ends[0], &one, very_many), EINVAL);
    EXPECT_ERROR(readv(ends[0], &one, fewer_than_none), EINVAL);
    EXPECT_ERROR(readv(ends[0], nowhere, 1), EFAULT);
    EXPECT_ERROR(writev(ends[0], &one, very_many), EINVAL);
    EXPECT_ERROR(writev(ends[0], nowhere, 1), EFAULT);
    one.iov_len = largest;
    EXPECT_ERROR(readv(ends[0], &one, 1), EINVAL);
    one.iov_len = sizeof buf;
    EXPECT(readv(ends[0], &one, 1), 10);
}

/* receive,send:short=1:when=100000 */
static void messages(void)
{
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = largest};
    pair();
    EXPECT_ERROR(recvmsg(ends[0], &message, 0), EMSGSIZE);
    EXPECT_ERROR(sendmsg(ends[0], &message, 0), EMSGSIZE);
    EXPECT_ERROR(recvmsg(ends[0], nowhere, 0), EFAULT);
    EXPECT_ERROR(sendmsg(ends[0], nowhere, 0), EFAULT);
    EXPECT_ERROR(recvmmsg(ends[0], nowhere, 1, 0, NULL), EFAULT);
    EXPECT_ERROR(sendmmsg(ends[0], nowhere, 1, 0), EFAULT);
    message = (struct msghdr){.msg_iov = nowhere, .msg_iovlen = 1};
    EXPECT_ERROR(recvmsg(ends[0], &message, 0), EFAULT);
    EXPECT_ERROR(sendmsg(ends[0], &message, 0), EFAULT);
    message = (struct msghdr){.msg_iov = &one, .msg_iovlen = 1};
    EXPECT(recvmsg(ends[0], &message, 0), 10);
}

/* send:match=zz:reset;getsockname,recvfrom:delay=1ns:force */
static void addresses(void)
{
    struct sockaddr_storage name = {.ss_family = AF_UNIX};
    pair();
    EXPECT_ERROR(send(ends[0], nowhere, 10, 0), EFAULT);
    EXPECT_ERROR(connect(ends[0], nowhere, sizeof name), EFAULT);
    EXPECT_ERROR(getsockname(ends[0], nowhere, nowhere), EFAULT);
    EXPECT_ERROR(sendto(ends[0], buf, 1, 0, nowhere, sizeof name), EFAULT);
}

/* wait:error=EINTR:force;wait:spurious:force */
static void waits(void)
{
    struct pollfd polled = {.fd = -1};
    struct timeval at_once = {0};
    EXPECT_ERROR(poll(nowhere, 1, 0), EFAULT);
    EXPECT_ERROR(poll(&polled, largest, 0), EINVAL);
    EXPECT_ERROR(select(fewer_than_none, NULL, NULL, NULL, &at_once), EINVAL);
    EXPECT_ERROR(select(1, nowhere, NULL, NULL, &at_once), EFAULT);
}

/* wait:spurious:force: of sets, the kernel looks at no more than there are descriptors */
static void many_selected(void)
{
    struct timeval at_once = {0};
    fd_set set;
    FD_ZERO(&set);
    EXPECT(select(very_many, &set, NULL, NULL, &at_once), 0);
}

CHECK_MAIN({"vectors", vectors}, {"messages", messages}, {"addresses", addresses}, {"waits", waits},
           {"many-selected", many_selected})
