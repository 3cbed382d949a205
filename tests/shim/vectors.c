/* Short calls with several buffers, flags and files: what is given is right, and what was not given comes
 * next. */
#include "tests/shim/check.h"

#include <sys/sendfile.h>
#include <sys/uio.h>
#include <time.h>

#define TEXT "0123456789abcdefghijklmnopqrstuv"

static int ends[2];

/* Three buffers with a mark behind each, so that writing too far is seen. */
struct buffers {
    char a[3], b[4], c[6];
    struct iovec iov[3];
};

static void clear(struct buffers *v)
{
    memset(v->a, '.', sizeof v->a);
    memset(v->b, '.', sizeof v->b);
    memset(v->c, '.', sizeof v->c);
    v->iov[0] = (struct iovec){v->a, 2};
    v->iov[1] = (struct iovec){v->b, 3};
    v->iov[2] = (struct iovec){v->c, 5};
}

static void expect_buffers(const struct buffers *v, const char *a, const char *b, const char *c)
{
    CHECK(memcmp(v->a, a, 3) == 0 && memcmp(v->b, b, 4) == 0 && memcmp(v->c, c, 6) == 0,
          "got %.3s %.4s %.6s, expected %s %s %s", v->a, v->b, v->c, a, b, c);
}

static void prepare(void)
{
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], TEXT, strlen(TEXT), 0));
}

/* receive:short=4 */
static void read_into_several(void)
{
    struct buffers v;
    prepare();
    clear(&v);
    EXPECT(readv(ends[0], v.iov, 3), 4);
    expect_buffers(&v, "01.", "23..", "......");
    CHECK(v.iov[0].iov_len == 2 && v.iov[1].iov_len == 3 && v.iov[2].iov_len == 5,
          "the program's iovec was changed");
    clear(&v);
    EXPECT(readv(ends[0], v.iov, 1), 2);
    expect_buffers(&v, "45.", "....", "......");
}

/* receive:short=4, with all that recvmsg tells besides */
static void message_into_several(void)
{
    struct buffers v;
    struct sockaddr_in from;
    char control[64];
    struct msghdr msg = {.msg_name = &from, .msg_iov = v.iov, .msg_iovlen = 3, .msg_control = control};
    make_tcp(ends);
    MUST(send(ends[1], TEXT, strlen(TEXT), 0));
    clear(&v);
    msg.msg_namelen = sizeof from;
    msg.msg_controllen = sizeof control;
    msg.msg_flags = -1;
    EXPECT(recvmsg(ends[0], &msg, 0), 4);
    expect_buffers(&v, "01.", "23..", "......");
    EXPECT(msg.msg_flags, 0);
    EXPECT(msg.msg_controllen, 0);
    EXPECT(msg.msg_iovlen, 3);
    CHECK(msg.msg_iov == v.iov && msg.msg_control == control && msg.msg_name == &from,
          "the header was exchanged");
}

/* send:short=4: what went is what came */
static void write_from_several(void)
{
    struct iovec iov[] = {{(char[]){"ab"}, 2}, {(char[]){"cde"}, 3}, {(char[]){"fghij"}, 5}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 3};
    char got[16] = "";
    make_tcp(ends);
    EXPECT(writev(ends[0], iov, 3), 4);
    EXPECT(sendmsg(ends[0], &msg, 0), 4);
    EXPECT(send(ends[0], "123456", 6, 0), 4);
    EXPECT(sendto(ends[0], "xyzxyz", 6, 0, NULL, 0), 4);
    EXPECT(recv(ends[1], got, sizeof got, MSG_WAITALL), 16);
    CHECK(memcmp(got, "abcdabcd1234xyzx", 16) == 0, "got '%.16s'", got);
}

/* receive:short=50: more buffers than are copied; less is given, and nothing is lost */
static void very_many_buffers(void)
{
    enum { BUFFERS = 100, ALL = 100 };
    char bytes[BUFFERS], sent[ALL];
    struct iovec iov[BUFFERS];
    ssize_t all = 0, n;
    make_pair(SOCK_STREAM, ends);
    for (int i = 0; i < BUFFERS; i++) {
        iov[i] = (struct iovec){&bytes[i], 1};
        sent[i] = (char)('!' + i % 90);
    }
    MUST(send(ends[1], sent, ALL, 0));
    do {
        n = readv(ends[0], iov, BUFFERS);
        CHECK(n > 0 && n <= 50, "got %zd", n);
        CHECK(n < 0 || memcmp(bytes, sent + all, (size_t)n) == 0, "other bytes after %zd", all);
        all += n > 0 ? n : ALL;
    } while (all < ALL);
    EXPECT(all, ALL);
    iov[0].iov_len = 0; /* empty ones in front count for nothing */
    MUST(send(ends[1], "xy", 2, 0));
    EXPECT(readv(ends[0], iov, 3), 2);
}

/* receive:short=4: peeking twice sees the same */
static void peeking(void)
{
    char buf[8];
    prepare();
    for (int i = 0; i < 2; i++) {
        EXPECT(recv(ends[0], buf, sizeof buf, MSG_PEEK), 4);
        CHECK(memcmp(buf, "0123", 4) == 0, "peeked '%.4s'", buf);
    }
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    CHECK(memcmp(buf, "0123", 4) == 0, "got '%.4s'", buf);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* receive:short=4: stop and continue end MSG_WAITALL at once, and a timeout when it is over */
static void waiting_for_all(void)
{
    char buf[8];
    struct timeval limit = {.tv_usec = 50000};
    prepare();
    EXPECT(recv(ends[0], buf, sizeof buf, MSG_WAITALL), 4);
    MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    int64_t began = now_ms();
    EXPECT(recv(ends[0], buf, sizeof buf, MSG_WAITALL), 4);
    CHECK(now_ms() - began >= 49, "it took %d ms", (int)(now_ms() - began));
}

/* receive,send:short=4: a message is never cut by us, and one the program cuts says so as ever */
static void datagrams(void)
{
    char buf[4], all[64];
    int udp[2];
    make_udp(udp);
    EXPECT(send(udp[1], TEXT, strlen(TEXT), 0), strlen(TEXT));
    EXPECT(recv(udp[0], buf, sizeof buf, MSG_TRUNC), strlen(TEXT));
    EXPECT(send(udp[1], TEXT, strlen(TEXT), 0), strlen(TEXT));
    EXPECT(recv(udp[0], all, sizeof all, 0), strlen(TEXT));
    make_pair(SOCK_SEQPACKET, ends);
    EXPECT(send(ends[1], TEXT, strlen(TEXT), 0), strlen(TEXT));
    EXPECT(recv(ends[0], all, sizeof all, 0), strlen(TEXT));
}

/* receive,send:short=50%: nothing asked is nothing given, and no error */
static void nothing_at_all(void)
{
    char byte;
    struct iovec none = {&byte, 0};
    struct msghdr msg = {.msg_iov = &none, .msg_iovlen = 1}, empty = {0};
    prepare();
    EXPECT(recv(ends[0], &byte, 0, 0), 0);
    EXPECT(read(ends[0], &byte, 0), 0);
    EXPECT(readv(ends[0], &none, 1), 0);
    EXPECT(readv(ends[0], NULL, 0), 0);
    EXPECT(recvmsg(ends[0], &msg, 0), 0);
    EXPECT(recvmsg(ends[0], &empty, 0), 0);
    EXPECT(send(ends[0], &byte, 0, 0), 0);
    EXPECT(sendmsg(ends[0], &empty, 0), 0);
    EXPECT(recv(ends[0], &byte, 1, 0), 1);
    volatile int negative = -1; /* the compiler need not know */
    EXPECT_ERROR(readv(ends[0], &none, negative), EINVAL);
}

/* send:short=4: sendfile and splice into a socket; the offset goes on by what was sent */
static void from_files(void)
{
    int file, pipes[2];
    off_t offset = 2;
    char got[16] = "";
    make_tcp(ends);
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    MUST(file = open("/proc/self/exe", O_RDONLY));
    EXPECT(sendfile(ends[0], file, &offset, 100), 4);
    EXPECT(offset, 6);
    MUST(pipe(pipes));
    MUST(write(pipes[1], TEXT, 10));
    EXPECT(splice(pipes[0], NULL, ends[0], NULL, 10, 0), 4);
    EXPECT(splice(pipes[0], NULL, ends[0], NULL, 10, 0), 4);
    EXPECT(splice(pipes[0], NULL, ends[0], NULL, 10, 0), 2);
    EXPECT(recv(ends[1], got, 14, MSG_WAITALL), 14);
    CHECK(memcmp(got + 4, "0123456789", 10) == 0, "got '%.10s'", got + 4);
}

/* recvmmsg:error=EAGAIN:when=1;sendmmsg:error=EAGAIN:when=1: messages in numbers, touched as a whole or not
 * at all */
static void several_messages(void)
{
    char a[8], b[8];
    struct iovec iov[] = {{a, 8}, {b, 8}};
    struct mmsghdr vec[2] = {{.msg_hdr = {.msg_iov = &iov[0], .msg_iovlen = 1}},
                             {.msg_hdr = {.msg_iov = &iov[1], .msg_iovlen = 1}}};
    int udp[2];
    make_udp(udp);
    MUST(fcntl(udp[0], F_SETFL, O_NONBLOCK));
    MUST(send(udp[1], "one", 3, 0));
    MUST(send(udp[1], "four", 4, 0));
    EXPECT_ERROR(recvmmsg(udp[0], vec, 2, 0, NULL), EAGAIN);
    EXPECT(recvmmsg(udp[0], vec, 2, 0, NULL), 2);
    EXPECT(vec[0].msg_len, 3);
    EXPECT(vec[1].msg_len, 4);
    EXPECT_ERROR(sendmmsg(udp[0], vec, 2, 0), EAGAIN);
    EXPECT(sendmmsg(udp[0], vec, 2, 0), 2);
}

CHECK_MAIN({"readv", read_into_several}, {"recvmsg", message_into_several}, {"writev", write_from_several},
           {"many", very_many_buffers}, {"peek", peeking}, {"waitall", waiting_for_all},
           {"datagrams", datagrams}, {"nothing", nothing_at_all}, {"files", from_files},
           {"messages", several_messages})
