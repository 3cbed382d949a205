/* What the other side sees of an injected end, which must be what a real one would have done to it. */
#include "tests/shim/check.h"

#include <netinet/tcp.h>

static int ends[2];
static char buf[64];

/* recv:reset:fd=4: what had been sent comes first, then the reset, once */
static void reset_on_tcp(void)
{
    make_tcp(ends);
    EXPECT(ends[0], 4);
    MUST(send(ends[0], "last words", 10, 0));
    EXPECT_ERROR(recv(ends[0], buf, 1, 0), ECONNRESET);
    CHECK(wait_for(ends[1], POLLRDHUP), "the peer is not told");
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 10);
    EXPECT_ERROR(recv(ends[1], buf, sizeof buf, 0), ECONNRESET);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 0);
    EXPECT_ERROR(send(ends[1], "x", 1, MSG_NOSIGNAL), EPIPE);
}

/* recv:reset:fd=3 */
static void reset_on_unix(void)
{
    make_pair(SOCK_STREAM, ends);
    EXPECT(ends[0], 4);
    MUST(send(ends[0], "last words", 10, 0));
    EXPECT_ERROR(recv(ends[0], buf, 1, 0), ECONNRESET);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 10);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 0);
    EXPECT_ERROR(send(ends[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    EXPECT(close(ends[0]), 0);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 0);
}

/* recv:eof=half:fd=4:when=1: it goes on sending, as one who has only finished its own side would not notice;
 * it must neither be blocked for ever nor reset when the program closes */
static void half_closed_tcp(void)
{
    static char much[4096];
    make_tcp(ends);
    EXPECT(ends[0], 4);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
    for (int i = 0; i < 500; i++) {
        EXPECT(send(ends[1], much, sizeof much, MSG_DONTWAIT), sizeof much);
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
    }
    EXPECT(send(ends[0], "answer", 6, 0), 6);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 6);
    MUST(send(ends[1], much, sizeof much, MSG_DONTWAIT));
    EXPECT(close(ends[0]), 0);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 0);
}

static void await_acknowledgement(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    while (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_unacked > 0)
        poll(NULL, 0, 1);
}

/*
 * recv:eof=half:fd=4:scope=connection:when=1: what fills the buffers is discarded, and the peer is told at
 * once that there is room: after SHUT_RD it would have to probe for it, 200 ms later at the earliest. A busy
 * machine may be as slow: three of five must not be.
 */
static void half_closed_while_full(void)
{
    static char much[65536];
    int quick = 0;
    for (int i = 0; i < 5; i++) {
        struct pollfd room = {.events = POLLOUT};
        make_tcp(ends);
        EXPECT(ends[0], 4);
        room.fd = ends[1];
        do {
            while (send(ends[1], much, sizeof much, MSG_DONTWAIT) > 0) {
            }
            await_acknowledgement(ends[1]);
        } while (poll(&room, 1, 5) > 0);
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
        quick += poll(&room, 1, 100) > 0;
        close_both(ends);
    }
    CHECK(quick >= 3, "the peer had to wait %d times of 5", 5 - quick);
}

/* recv:eof=full:fd=4:when=1: the first send reaches it, the second does not */
static void fully_closed_tcp(void)
{
    make_tcp(ends);
    EXPECT(ends[0], 4);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
    EXPECT(send(ends[0], "first", 5, MSG_NOSIGNAL), 5);
    EXPECT_ERROR(send(ends[0], "second", 6, MSG_NOSIGNAL), EPIPE);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 5);
    EXPECT_ERROR(recv(ends[1], buf, sizeof buf, 0), ECONNRESET);
}

/* accept:reset: the client is reset, though the server's accept succeeded */
static void dead_on_arrival(void)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 4), client, accepted;
    MUST(client = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(client, (struct sockaddr *)&name, sizeof name));
    MUST(accepted = accept(listener, NULL, NULL));
    CHECK(wait_for(client, POLLRDHUP), "the client is not told");
    EXPECT_ERROR(recv(client, buf, sizeof buf, 0), ECONNRESET);
    EXPECT_ERROR(recv(accepted, buf, sizeof buf, 0), ECONNRESET);
}

/* accept:error=ECONNABORTED: the connection is consumed */
static void aborted(void)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 4), client;
    MUST(client = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(client, (struct sockaddr *)&name, sizeof name));
    EXPECT_ERROR(accept(listener, NULL, NULL), ECONNABORTED);
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    EXPECT_ERROR(accept(listener, NULL, NULL), EAGAIN);
    CHECK(wait_for(client, POLLRDHUP), "the client is not told");
    EXPECT_ERROR(recv(client, buf, sizeof buf, 0), ECONNRESET);
}

/* close:error=EIO: closed first, then said */
static void closed_all_the_same(void)
{
    make_tcp(ends);
    EXPECT_ERROR(close(ends[0]), EIO);
    EXPECT(recv(ends[1], buf, sizeof buf, 0), 0);
    EXPECT_ERROR(send(ends[0], "x", 1, 0), EBADF);
}

CHECK_MAIN({"reset-tcp", reset_on_tcp}, {"reset-unix", reset_on_unix}, {"eof-half", half_closed_tcp},
           {"eof-half-while-full", half_closed_while_full}, {"eof-full", fully_closed_tcp},
           {"dead-on-arrival", dead_on_arrival}, {"aborted", aborted}, {"close", closed_all_the_same})
