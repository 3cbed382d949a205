/* errno: untouched when a call succeeds, exact when it fails, by itself or by a rule. */
#include "tests/shim/check.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

enum { MARK = 4711 };

/* The call must succeed and leave errno as it was. */
#define KEEPS(call)                                                                                          \
    do {                                                                                                     \
        errno = MARK;                                                                                        \
        long keeps_got = (long)(call);                                                                       \
        CHECK(keeps_got >= 0 && errno == MARK, "%s gave %ld and left errno %d", #call, keeps_got, errno);    \
    } while (0)

static void calls_that_succeed(const int ends[2])
{
    char buf[16];
    struct iovec iov = {buf, 4};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    struct pollfd readable = {.fd = ends[0], .events = POLLIN};
    struct sockaddr_storage name;
    socklen_t len = sizeof name, size = sizeof(int);
    int value, copy;
    KEEPS(send(ends[1], "0123456789abcdef", 16, 0));
    KEEPS(write(ends[1], "0123456789abcdef", 16));
    KEEPS(poll(&readable, 1, 0));
    KEEPS(recv(ends[0], buf, 4, 0));
    KEEPS(read(ends[0], buf, 4));
    KEEPS(readv(ends[0], &iov, 1));
    KEEPS(recvmsg(ends[0], &msg, 0));
    KEEPS(recvfrom(ends[0], buf, 4, 0, NULL, NULL));
    KEEPS(getsockname(ends[0], (struct sockaddr *)&name, &len));
    KEEPS(getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &value, &size));
    KEEPS(ioctl(ends[0], FIONREAD, &value));
    KEEPS(copy = dup(ends[0]));
    KEEPS(fcntl(copy, F_GETFL));
    KEEPS(close(copy));
    KEEPS(copy = socket(AF_INET, SOCK_STREAM, 0));
    KEEPS(close(copy));
    KEEPS(copy = epoll_create1(0));
    KEEPS(epoll_wait(copy, &(struct epoll_event){0}, 1, 0));
    KEEPS(close(copy));
}

static void calls_that_fail(void)
{
    char buf[4];
    int ends[2], idle;
    EXPECT_ERROR(recv(-1, buf, sizeof buf, 0), EBADF);
    EXPECT_ERROR(close(-1), EBADF);
    EXPECT_ERROR(dup(999), EBADF);
    EXPECT_ERROR(recv(0, buf, sizeof buf, 0), ENOTSOCK);
    EXPECT_ERROR(socket(AF_INET, 77, 0), EINVAL);
    EXPECT_ERROR(epoll_wait(0, &(struct epoll_event){0}, 1, 0), EINVAL);
    make_pair(SOCK_STREAM, ends);
    EXPECT_ERROR(recv(ends[0], buf, sizeof buf, MSG_DONTWAIT), EAGAIN);
    EXPECT_ERROR(accept(ends[0], NULL, NULL), EINVAL);
    MUST(idle = socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_ERROR(recv(idle, buf, sizeof buf, 0), ENOTCONN);
    EXPECT_ERROR(shutdown(idle, SHUT_WR), ENOTCONN);
}

/* Under rules that have no effect on these calls but are tried at them. */
static void all(void)
{
    int ends[2];
    make_pair(SOCK_STREAM, ends);
    calls_that_succeed(ends);
    make_tcp(ends);
    calls_that_succeed(ends);
    calls_that_fail();
}

/* The call must fail with that errno and no other, though the recipe makes calls of its own. */
static void injected(void)
{
    int ends[2];
    char buf[4];
    make_tcp(ends);
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), EAGAIN);
    EXPECT_ERROR(send(ends[0], "x", 1, 0), EAGAIN);
    EXPECT_ERROR(socket(AF_INET, SOCK_STREAM, 0), EMFILE);
    EXPECT_ERROR(dup(ends[0]), EMFILE);
}

CHECK_MAIN({"all", all}, {"injected", injected})
