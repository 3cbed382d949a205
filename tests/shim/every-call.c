/*
 * Makes every intercepted call once, successfully. run.sh compares the trace with calls.def, so that a call
 * whose wrapper is lost, or a new row nobody tried, is seen.
 */
#include "tests/shim/check.h"

#include <netdb.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <time.h>

static int ends[2], file;
static char buf[64] = "0123456789";
static struct iovec iov = {buf, 4};
static struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
static struct mmsghdr vec = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
static const struct timespec at_once;

static void senders(void)
{
    int pipes[2];
    EXPECT(write(ends[1], buf, 4), 4);
    EXPECT(writev(ends[1], &iov, 1), 4);
    EXPECT(send(ends[1], buf, 4, 0), 4);
    EXPECT(sendto(ends[1], buf, 4, 0, NULL, 0), 4);
    EXPECT(sendmsg(ends[1], &msg, 0), 4);
    EXPECT(sendmmsg(ends[1], &vec, 1, 0), 1);
    EXPECT(sendfile(ends[1], file, &(off_t){0}, 4), 4);
    MUST(pipe(pipes));
    EXPECT(write(pipes[1], buf, 4), 4);
    EXPECT(splice(pipes[0], NULL, ends[1], NULL, 4, 0), 4);
}

static void receivers(void)
{
    EXPECT(read(ends[0], buf, 4), 4);
    EXPECT(readv(ends[0], &iov, 1), 4);
    EXPECT(recv(ends[0], buf, 4, 0), 4);
    EXPECT(recvfrom(ends[0], buf, 4, 0, NULL, NULL), 4);
    EXPECT(recvmsg(ends[0], &msg, 0), 4);
    EXPECT(recvmmsg(ends[0], &vec, 1, 0, NULL), 1);
}

static void waits(void)
{
    struct pollfd readable = {.fd = ends[0], .events = POLLIN};
    struct epoll_event event = {.events = EPOLLIN};
    fd_set set;
    int epoll;
    MUST(epoll = epoll_create(1));
    MUST(close(epoll));
    MUST(epoll = epoll_create1(0));
    EXPECT(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), 0);
    EXPECT(poll(&readable, 1, 0), 1);
    EXPECT(ppoll(&readable, 1, &at_once, NULL), 1);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    EXPECT(select(ends[0] + 1, &set, NULL, NULL, &(struct timeval){0}), 1);
    EXPECT(pselect(ends[0] + 1, &set, NULL, NULL, &at_once, NULL), 1);
    EXPECT(epoll_wait(epoll, &event, 1, 0), 1);
    EXPECT(epoll_pwait(epoll, &event, 1, 0, NULL), 1);
    EXPECT(epoll_pwait2(epoll, &event, 1, &at_once, NULL), 1);
    close(epoll);
}

static void connections(void)
{
    struct sockaddr_in name;
    socklen_t len = sizeof name;
    int value = 1, listener = make_listener(&name, 4), fd[2];
    for (int i = 0; i < 2; i++) {
        MUST(fd[i] = socket(AF_INET, SOCK_STREAM, 0));
        EXPECT(connect(fd[i], (struct sockaddr *)&name, sizeof name), 0);
    }
    MUST(accept(listener, NULL, NULL));
    MUST(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    EXPECT(setsockopt(fd[0], SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value), 0);
    EXPECT(getsockopt(fd[0], SOL_SOCKET, SO_KEEPALIVE, &value, &(socklen_t){sizeof value}), 0);
    EXPECT(getsockname(fd[0], (struct sockaddr *)&name, &len), 0);
    EXPECT(getpeername(fd[0], (struct sockaddr *)&name, &len), 0);
    EXPECT(ioctl(fd[0], FIONREAD, &value), 0);
    EXPECT(shutdown(fd[0], SHUT_RDWR), 0);
    EXPECT(close(listener), 0);
}

static void descriptors(void)
{
    int copy = dup(ends[0]);
    MUST(copy);
    EXPECT(dup2(copy, 90), 90);
    EXPECT(dup3(copy, 91, O_CLOEXEC), 91);
    EXPECT(fcntl(copy, F_DUPFD, 92), 92);
    EXPECT(close_range(92, 92, 0), 0);
    closefrom(90);
}

static void files(void)
{
    char path[] = "/tmp/sockfault-XXXXXX";
    MUST(file = mkstemp(path));
    MUST(unlink(path));
    EXPECT(pwrite(file, buf, 8, 0), 8);
    EXPECT(pread(file, buf, 8, 0), 8);
    EXPECT(pwritev(file, &iov, 1, 0), 4);
    EXPECT(preadv(file, &iov, 1, 0), 4);
}

static void resolver(void)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hostent entry, *result;
    char room[2048];
    int h_error;
    EXPECT(getaddrinfo("127.0.0.1", NULL, &hints, &found), 0);
    freeaddrinfo(found);
    EXPECT(getnameinfo((struct sockaddr *)&name, sizeof name, room, sizeof room, NULL, 0, NI_NUMERICHOST), 0);
    CHECK(gethostbyname("127.0.0.1") && gethostbyname2("127.0.0.1", AF_INET), "no host");
    EXPECT(gethostbyname_r("127.0.0.1", &entry, room, sizeof room, &result, &h_error), 0);
    EXPECT(gethostbyname2_r("127.0.0.1", AF_INET, &entry, room, sizeof room, &result, &h_error), 0);
    /* Whether 127.0.0.1 has a name is the machine's business. */
    gethostbyaddr(&name.sin_addr, sizeof name.sin_addr, AF_INET);
    gethostbyaddr_r(&name.sin_addr, sizeof name.sin_addr, AF_INET, &entry, room, sizeof room, &result,
                    &h_error);
}

static void processes(void)
{
    char *const argv[] = {(char[]){"true"}, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        execve("/bin/true", argv, NULL);
        _exit(CHECK_FAILED);
    }
    expect_child(pid);
    EXPECT(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL), 0);
    expect_child(pid);
    EXPECT(posix_spawnp(&pid, "true", NULL, NULL, argv, NULL), 0);
    expect_child(pid);
}

static void all(void)
{
    files();
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    senders();
    waits();
    receivers();
    connections();
    resolver();
    processes();
    descriptors();
}

CHECK_MAIN({"all", all})
