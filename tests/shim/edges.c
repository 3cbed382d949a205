/* Edge-triggered epoll hears again of what an injected EAGAIN or short call left behind, and of nothing else.
 */
#include "tests/shim/check.h"

#include <sys/epoll.h>

static int ends[2], epoll;

static void watch(uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = 0x1122334455667788};
    MUST(epoll = epoll_create1(EPOLL_CLOEXEC));
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
}

/* What epoll says now, without waiting; 0 is nothing. */
static uint32_t edge(void)
{
    struct epoll_event event = {0};
    int n = epoll_wait(epoll, &event, 1, 0);
    CHECK(n <= 0 || event.data.u64 == 0x1122334455667788, "data came back as %#lx",
          (unsigned long)event.data.u64);
    return n > 0 ? event.events : 0;
}

static void connect_kind(const char *kind)
{
    if (strcmp(kind, "tcp") == 0)
        make_tcp(ends);
    else if (strcmp(kind, "unix") == 0)
        make_pair(SOCK_STREAM, ends);
    else if (strcmp(kind, "seqpacket") == 0)
        make_pair(SOCK_SEQPACKET, ends);
    else
        make_udp(ends);
}

static const char *const kinds[] = {"tcp", "unix", "seqpacket", "udp"};
enum { KINDS = 4, STREAMS = 2 };

/* receive:error=EAGAIN:scope=connection:when=1 */
static void eagain_at_receive(void)
{
    char buf[8];
    for (int i = 0; i < KINDS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLIN | EPOLLET);
        MUST(send(ends[1], "abcd", 4, 0));
        EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), EAGAIN);
        CHECK(edge() == EPOLLIN, "%s: no edge after EAGAIN", kinds[i]);
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
        EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), EAGAIN);
        CHECK(edge() == 0, "%s: an edge for nothing", kinds[i]);
    }
}

/* The same with nothing there: the EAGAIN is then no news, and there must be no edge. */
static void eagain_for_nothing(void)
{
    char buf[8];
    for (int i = 0; i < KINDS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLIN | EPOLLET);
        EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), EAGAIN);
        CHECK(edge() == 0, "%s: an edge for nothing", kinds[i]);
    }
}

/* receive:short=2: as many edges as reads leave something */
static void short_receive(void)
{
    char buf[8];
    for (int i = 0; i < STREAMS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLIN | EPOLLET);
        MUST(send(ends[1], "abcdef", 6, 0));
        CHECK(edge() == EPOLLIN, "%s: no edge for data", kinds[i]);
        for (int left = 4; left >= 0; left -= 2) {
            EXPECT(recv(ends[0], buf, sizeof buf, 0), 2);
            CHECK((edge() == EPOLLIN) == (left > 0), "%s: %d left, edge is wrong", kinds[i], left);
        }
    }
}

/* send:error=EAGAIN:when=2: at the first, what the wait told of is there */
static void sending_again(void)
{
    for (int i = 0; i < STREAMS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLOUT | EPOLLET);
        CHECK(edge() == EPOLLOUT, "%s: not writable", kinds[i]);
        EXPECT(send(ends[0], "a", 1, 0), 1);
        EXPECT_ERROR(send(ends[0], "b", 1, 0), EAGAIN);
        CHECK(edge() == EPOLLOUT, "%s: no edge for the rest", kinds[i]);
        CHECK(edge() == 0, "%s: it came twice", kinds[i]);
    }
}

/* send:short=2; AF_UNIX is cut after a piece */
static void sending(void)
{
    enum { PIECE = 36544 };
    static char block[PIECE + 1];
    for (int i = 0; i < STREAMS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLOUT | EPOLLET);
        CHECK(edge() == EPOLLOUT, "%s: not writable", kinds[i]);
        ssize_t n = send(ends[0], block, sizeof block, 0);
        CHECK(n == (strcmp(kinds[i], "unix") == 0 ? PIECE : 2), "%s: sent %zd", kinds[i], n);
        CHECK(edge() == EPOLLOUT, "%s: no edge for the rest", kinds[i]);
        CHECK(edge() == 0, "%s: it came twice", kinds[i]);
    }
}

/* receive:short=2: whoever has fired once stays silent until the program arms it again */
static void disarmed(void)
{
    char buf[8];
    struct epoll_event again = {.events = EPOLLIN | EPOLLET | EPOLLONESHOT, .data.u64 = 0x1122334455667788};
    for (int i = 0; i < STREAMS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLIN | EPOLLET | EPOLLONESHOT);
        MUST(send(ends[1], "abcdef", 6, 0));
        CHECK(edge() == EPOLLIN, "%s: no edge for data", kinds[i]);
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 2);
        CHECK(edge() == 0, "%s: ONESHOT was armed behind the program's back", kinds[i]);
        MUST(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &again));
        CHECK(edge() == EPOLLIN, "%s: armed and silent", kinds[i]);
    }
}

/* receive:short=2: level-triggered and exclusive ones are left as they are */
static void other_modes(void)
{
    char buf[8];
    for (int i = 0; i < STREAMS; i++) {
        connect_kind(kinds[i]);
        watch(EPOLLIN);
        MUST(send(ends[1], "abcd", 4, 0));
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 2);
        CHECK(edge() == EPOLLIN && edge() == EPOLLIN, "%s: level", kinds[i]);
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 2);
        CHECK(edge() == 0, "%s: level, nothing there", kinds[i]);
    }
    connect_kind("tcp");
    watch(EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
    MUST(send(ends[1], "abcd", 4, 0));
    CHECK(edge() == EPOLLIN, "exclusive: no edge for data");
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 2);
    CHECK(edge() == EPOLLIN, "exclusive: no edge for the rest");
}

/* receive:short=2: two epolls, one of them in another process, and a second number */
static void every_epoll(void)
{
    char buf[8];
    connect_kind("tcp");
    watch(EPOLLIN | EPOLLET);
    int first = epoll, copy = dup(ends[0]);
    watch(EPOLLIN | EPOLLET);
    MUST(send(ends[1], "abcd", 4, 0));
    CHECK(edge() == EPOLLIN, "second");
    epoll = first;
    CHECK(edge() == EPOLLIN, "first");
    pid_t pid = fork();
    if (pid == 0) {
        EXPECT(recv(copy, buf, sizeof buf, 0), 2);
        end_child();
    }
    expect_child(pid);
    CHECK(edge() == EPOLLIN, "no edge after the child's short read");
}

/* accept:error=EMFILE:when=1: the edge does not come back, the level stays */
static void errors_have_no_edge(void)
{
    struct sockaddr_in name;
    int client;
    ends[0] = make_listener(&name, 4);
    watch(EPOLLIN | EPOLLET);
    MUST(client = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(client, (struct sockaddr *)&name, sizeof name));
    CHECK(edge() == EPOLLIN, "no edge for a client");
    EXPECT_ERROR(accept(ends[0], NULL, NULL), EMFILE);
    CHECK(edge() == 0, "an edge after EMFILE");
    CHECK(wait_for(ends[0], POLLIN), "the client is gone");
    CHECK(accept(ends[0], NULL, NULL) >= 0, "the client cannot be accepted");
}

/* receive:reset:when=1: what the wait tells is the end, not the data, and once */
static void a_reset_is_told_by_the_wait(void)
{
    char buf[8];
    connect_kind("tcp");
    watch(EPOLLIN | EPOLLRDHUP | EPOLLET);
    MUST(send(ends[1], "abcd", 4, 0));
    CHECK(edge() == (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP), "the wait told something else");
    EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), ECONNRESET);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
}

/* The same where another epoll, registered later, holds the socket too: each knows it by its own word. */
static void a_reset_is_told_by_either_epoll(void)
{
    struct epoll_event other = {.events = EPOLLIN, .data.u64 = 7};
    int second = epoll_create1(EPOLL_CLOEXEC);
    connect_kind("tcp");
    watch(EPOLLIN | EPOLLRDHUP);
    MUST(epoll_ctl(second, EPOLL_CTL_ADD, ends[0], &other));
    MUST(send(ends[1], "abcd", 4, 0));
    CHECK(edge() == (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP), "the first told something else");
    EXPECT(epoll_wait(second, &other, 1, 0), 1);
    CHECK(other.data.u64 == 7 && other.events == (EPOLLIN | EPOLLERR | EPOLLHUP), "the second told %#x",
          other.events);
}

CHECK_MAIN({"eagain", eagain_at_receive}, {"eagain-for-nothing", eagain_for_nothing},
           {"short", short_receive}, {"sending", sending}, {"sending-again", sending_again},
           {"oneshot", disarmed}, {"modes", other_modes}, {"every-epoll", every_epoll},
           {"errors", errors_have_no_edge}, {"reset", a_reset_is_told_by_the_wait},
           {"two-epolls", a_reset_is_told_by_either_epoll})
