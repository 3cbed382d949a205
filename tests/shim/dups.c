/* What is known of a socket belongs to the socket: every number that names it, in every process, sees the
 * same. */
#include "tests/shim/check.h"

enum { COPIES = 5 };

static void copy_all(int fd, int copies[COPIES])
{
    MUST(copies[0] = dup(fd));
    MUST(copies[1] = dup2(fd, 200));
    MUST(copies[2] = dup3(fd, 201, O_CLOEXEC));
    MUST(copies[3] = fcntl(fd, F_DUPFD, 210));
    MUST(copies[4] = fcntl(fd, F_DUPFD_CLOEXEC, 220));
}

/* A connection that is dead, as each of its numbers has it. */
static void expect_dead(int fd, const struct sockaddr_in *own)
{
    struct sockaddr_in name;
    socklen_t len = sizeof name;
    char buf[4];
    EXPECT(recv(fd, buf, sizeof buf, 0), 0);
    EXPECT_ERROR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
    EXPECT_ERROR(connect(fd, (const struct sockaddr *)own, sizeof *own), EISCONN);
    EXPECT(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    EXPECT(memcmp(&name, own, sizeof name), 0);
    EXPECT_ERROR(getpeername(fd, (struct sockaddr *)&name, &len), ENOTCONN);
}

static struct sockaddr_in own_name(int fd)
{
    struct sockaddr_in name = {0};
    socklen_t len = sizeof name;
    MUST(getsockname(fd, (struct sockaddr *)&name, &len));
    return name;
}

/* recv:reset:when=1 */
static void reset_seen_by_copies(void)
{
    int ends[2], copies[COPIES];
    char buf[4];
    make_tcp(ends);
    struct sockaddr_in own = own_name(ends[0]);
    copy_all(ends[0], copies);
    EXPECT_ERROR(recv(copies[1], buf, sizeof buf, 0), ECONNRESET);
    expect_dead(ends[0], &own);
    for (int i = 0; i < COPIES; i++)
        expect_dead(copies[i], &own);
    close(ends[0]);
    expect_dead(copies[4], &own);
}

/* recv:reset:when=1, on a copy whose original is closed already */
static void original_closed(void)
{
    int ends[2], copies[COPIES];
    char buf[4];
    make_tcp(ends);
    struct sockaddr_in own = own_name(ends[0]);
    copy_all(ends[0], copies);
    close(ends[0]);
    EXPECT_ERROR(recv(copies[0], buf, sizeof buf, 0), ECONNRESET);
    expect_dead(copies[3], &own);
}

/* recv:short=1:scope=connection:when=3: one connection, whatever the number */
static void counted_together(void)
{
    int ends[2], copies[COPIES];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    copy_all(ends[0], copies);
    MUST(send(ends[1], "0123456789abcdefghij", 20, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    EXPECT(recv(copies[1], buf, sizeof buf, 0), 4);
    EXPECT(recv(copies[4], buf, sizeof buf, 0), 1);
    EXPECT(recv(copies[0], buf, sizeof buf, 0), 4);
}

/* recv:short=1:after=8B */
static void bytes_counted_together(void)
{
    int ends[2], copies[COPIES];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    copy_all(ends[0], copies);
    MUST(send(ends[1], "0123456789abcdefghij", 20, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    EXPECT(recv(copies[2], buf, sizeof buf, 0), 4);
    EXPECT(recv(copies[3], buf, sizeof buf, 0), 1);
}

/* recv:short=1: dup2 over a file and over a socket, and a file over a socket */
static void numbers_change_hands(void)
{
    int ends[2], file, pipes[2];
    char buf[8];
    make_pair(SOCK_STREAM, ends);
    MUST(pipe(pipes));
    MUST(file = open("/proc/self/exe", O_RDONLY));
    MUST(send(ends[1], "0123456789", 10, 0));
    EXPECT(read(file, buf, sizeof buf), sizeof buf);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
    MUST(dup2(ends[0], file));
    EXPECT(recv(file, buf, sizeof buf, 0), 1);
    MUST(dup2(pipes[0], file));
    MUST(write(pipes[1], "abcdefgh", 8));
    EXPECT(read(file, buf, sizeof buf), 8);
    EXPECT_ERROR(recv(file, buf, sizeof buf, 0), ENOTSOCK);
    EXPECT(dup2(ends[0], ends[0]), ends[0]);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
    EXPECT_ERROR(dup2(999, ends[0]), EBADF);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
}

static void pass(int through, int fd)
{
    char control[CMSG_SPACE(sizeof fd)] = "";
    struct iovec iov = {(char[]){"x"}, 1};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    MUST(sendmsg(through, &msg, 0));
}

static int receive_passed(int through)
{
    int fd = -1;
    char byte, control[CMSG_SPACE(sizeof fd)];
    struct iovec iov = {&byte, 1};
    struct mmsghdr vec = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control}};
    vec.msg_hdr.msg_controllen = sizeof control;
    EXPECT(recvmmsg(through, &vec, 1, 0, NULL), 1);
    struct cmsghdr *c = CMSG_FIRSTHDR(&vec.msg_hdr);
    if (CHECK(c && c->cmsg_type == SCM_RIGHTS, "no descriptor came"))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

/* recv:reset:when=1: in the process the socket was passed to; seen by the one that passed it. */
static void passed_to_another_process(void)
{
    int ends[2], way[2];
    char buf[4];
    make_pair(SOCK_SEQPACKET, way);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = receive_passed(way[1]);
        EXPECT_ERROR(recv(fd, buf, sizeof buf, 0), ECONNRESET);
        end_child();
    }
    make_tcp(ends);
    struct sockaddr_in own = own_name(ends[0]);
    pass(way[0], ends[0]);
    expect_child(pid);
    expect_dead(ends[0], &own);
}

CHECK_MAIN({"reset", reset_seen_by_copies}, {"original-closed", original_closed},
           {"counts", counted_together}, {"bytes", bytes_counted_together}, {"numbers", numbers_change_hands},
           {"passed", passed_to_another_process})
