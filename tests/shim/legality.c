/*
 * Faults the kernel could not produce there are refused: the call goes on as if there were no rule. Each case
 * is run with the rule that stands above it.
 */
#include "tests/shim/check.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <time.h>

static int ends[2];
static char buf[8];

static void send_to_us(const char *text)
{
    MUST(send(ends[1], text, strlen(text), 0));
}

static void note(int sig)
{
    (void)sig;
}

static void handle(int flags)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = flags};
    MUST(sigaction(SIGUSR1, &action, NULL));
}

static void block(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(sigprocmask(how, &set, NULL));
}

/* receive:error=EAGAIN */
static void eagain_on_a_blocking_socket(void)
{
    make_pair(SOCK_STREAM, ends);
    send_to_us("abcd");
    EXPECT(recv(ends[0], buf, 2, 0), 2);
    EXPECT_ERROR(recv(ends[0], buf, 2, MSG_DONTWAIT), EAGAIN);
}

/* receive:error=EAGAIN: not when the program has been told of the data */
static void eagain_after_being_told(void)
{
    make_pair(SOCK_STREAM, ends);
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    send_to_us("abcd");
    EXPECT_ERROR(recv(ends[0], buf, 1, 0), EAGAIN);
    CHECK(wait_for(ends[0], POLLIN), "no data");
    EXPECT(recv(ends[0], buf, 1, 0), 1);
    EXPECT_ERROR(recv(ends[0], buf, 1, 0), EAGAIN);
    EXPECT(recv(ends[0], buf, 1, MSG_PEEK | MSG_DONTWAIT), -1);
}

/* receive:error=EAGAIN: SO_RCVTIMEO makes it legal, and then it takes that long */
static void eagain_by_timeout(void)
{
    struct timeval limit = {.tv_usec = 30000};
    struct timespec before, after;
    make_pair(SOCK_STREAM, ends);
    MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    send_to_us("abcd");
    clock_gettime(CLOCK_MONOTONIC, &before);
    EXPECT_ERROR(recv(ends[0], buf, 4, 0), EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &after);
    int64_t took = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
    CHECK(took >= 29000000, "the timeout was over after %ld ns", (long)took);
}

/* receive:error=EINTR */
static void eintr_at_receive(void)
{
    make_pair(SOCK_STREAM, ends);
    send_to_us("abcdefgh");
    EXPECT(recv(ends[0], buf, 1, 0), 1);
    handle(SA_RESTART);
    EXPECT(recv(ends[0], buf, 1, 0), 1);
    handle(0);
    EXPECT_ERROR(recv(ends[0], buf, 1, 0), EINTR);
    block(SIG_BLOCK);
    EXPECT(recv(ends[0], buf, 1, 0), 1);
    block(SIG_UNBLOCK);
    EXPECT(recv(ends[0], buf, 1, MSG_DONTWAIT), 1);
    signal(SIGUSR1, SIG_IGN);
    EXPECT(recv(ends[0], buf, 1, 0), 1);
}

/*
 * wait:error=EINTR: any handler will do; epoll needs none; a wait that does not wait, or finds something
 * ready, is not interrupted
 */
static void eintr_at_waits(void)
{
    sigset_t none, usr1;
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    make_pair(SOCK_STREAM, ends);
    struct pollfd idle = {.fd = ends[0], .events = POLLIN}, writable = {.fd = ends[0], .events = POLLOUT};
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    send_to_us("abcd");
    EXPECT_ERROR(epoll_wait(epoll, &event, 1, 1000), EINTR); /* it may as well come later */
    EXPECT(poll(&idle, 1, 0), 1);
    EXPECT(epoll_wait(epoll, &event, 1, 1000), 1); /* it cannot go away again */
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    EXPECT(poll(&idle, 1, 1), 0);
    EXPECT_ERROR(epoll_wait(epoll, &event, 1, 1000), EINTR);
    EXPECT(epoll_wait(epoll, &event, 1, 0), 0);
    handle(SA_RESTART);
    EXPECT_ERROR(poll(&idle, 1, 1000), EINTR);
    EXPECT(poll(&idle, 1, 0), 0);
    EXPECT(poll(&writable, 1, 1000), 1);
    EXPECT_ERROR(ppoll(&idle, 1, NULL, &none), EINTR);
    EXPECT(ppoll(&idle, 1, &(struct timespec){.tv_nsec = 1}, &usr1), 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval second = {.tv_sec = 1};
    EXPECT(select(ends[0] + 1, NULL, &set, NULL, &(struct timeval){.tv_sec = 1}), 1);
    EXPECT_ERROR(select(ends[0] + 1, &set, NULL, NULL, &second), EINTR);
    CHECK(second.tv_sec == 1 && FD_ISSET(ends[0], &set), "an interrupted select changed its arguments");
}

/* receive:short=1;send:short=1: over AF_UNIX pieces go whole, and whole they come out of a socketpair */
static void short_pieces(void)
{
    enum { PIECE = 36544 };
    static char block[2 * PIECE + 1];
    make_pair(SOCK_STREAM, ends);
    EXPECT(send(ends[1], "abcd", 4, 0), 4);
    EXPECT(send(ends[1], block, PIECE, 0), PIECE);
    EXPECT(send(ends[1], block, sizeof block, 0), PIECE);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
    close_both(ends);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    EXPECT(send(ends[1], "abcd", 4, 0), 4);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
}

/* receive:short=1;send:short=1 */
static void short_messages(void)
{
    make_pair(SOCK_SEQPACKET, ends);
    send_to_us("abcd");
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    make_udp(ends);
    send_to_us("abcd");
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
}

/* receive:short=1: SO_RCVLOWAT promises more */
static void short_below_the_mark(void)
{
    int mark = 3;
    make_tcp(ends);
    MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark));
    send_to_us("abcd");
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
}

/* receive:reset;receive:eof=half;send:error=EPIPE */
static void ends_of_what_has_none(void)
{
    make_udp(ends);
    send_to_us("abcd");
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    int idle = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_ERROR(recv(idle, buf, 1, 0), ENOTCONN);
}

/* receive:reset: not after the peer's FIN, where a reset no longer shows */
static void reset_after_fin(void)
{
    make_tcp(ends);
    MUST(shutdown(ends[1], SHUT_WR));
    while (poll(&(struct pollfd){.fd = ends[0], .events = POLLRDHUP}, 1, CHECK_DEADLINE_MS) != 1) {
    }
    EXPECT(recv(ends[0], buf, 1, 0), 0);
    EXPECT(send(ends[0], "x", 1, MSG_NOSIGNAL), 1);
}

/* send:reset;send:error=EPIPE: not while there is data the program knows of, which would be lost */
static void reset_over_known_data(void)
{
    make_tcp(ends);
    send_to_us("abcd");
    CHECK(wait_for(ends[0], POLLIN), "no data");
    EXPECT(send(ends[0], "x", 1, 0), 1);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 4);
    EXPECT_ERROR(send(ends[0], "x", 1, 0), ECONNRESET);
}

/* receive:error=ETIMEDOUT: only one who has sent something can be left without an answer */
static void timeout_of_a_listener(void)
{
    make_tcp(ends);
    send_to_us("ab");
    EXPECT(recv(ends[0], buf, 1, 0), 1);
    MUST(send(ends[0], "x", 1, 0));
    EXPECT_ERROR(recv(ends[0], buf, 1, 0), ETIMEDOUT);
}

/* recv:error=ECONNREFUSED: only after a datagram went out, and once for each */
static void refusal_of_nothing(void)
{
    make_udp(ends);
    send_to_us("ab");
    send_to_us("cd");
    send_to_us("ef");
    EXPECT(recv(ends[0], buf, 2, 0), 2);
    MUST(send(ends[0], "x", 1, 0));
    EXPECT_ERROR(recv(ends[0], buf, 2, 0), ECONNREFUSED);
    EXPECT(recv(ends[0], buf, 2, 0), 2);
}

/* accept:error=EAGAIN: one acceptor alone never loses a connection it was told of */
static void eagain_of_a_single_acceptor(void)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 4), client = socket(AF_INET, SOCK_STREAM, 0);
    MUST(connect(client, (struct sockaddr *)&name, sizeof name));
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    CHECK(wait_for(listener, POLLIN), "no connection to accept");
    CHECK(accept(listener, NULL, NULL) >= 0, "refused by %s", strerrorname_np(errno));
}

static void *receives(void *unused)
{
    EXPECT(recv(ends[0], buf, 2, 0), 2);
    return unused;
}

/* recv:error=EAGAIN:when=2: what a wait told of, another thread that receives may have taken */
static void eagain_among_threads(void)
{
    pthread_t thread;
    make_tcp(ends);
    MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    send_to_us("abcd");
    CHECK(pthread_create(&thread, NULL, receives, NULL) == 0, "no thread");
    pthread_join(thread, NULL);
    CHECK(wait_for(ends[0], POLLIN), "nothing came");
    EXPECT_ERROR(recv(ends[0], buf, 2, 0), EAGAIN);
    EXPECT(recv(ends[0], buf, 2, 0), 2);
}

/* recv:eof: the other end of a socketpair, once it is a child's alone, may end whenever that likes */
static void end_of_a_childs_pair(void)
{
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    MUST(send(ends[1], "abcd", 4, 0));
    EXPECT(recv(ends[0], buf, 2, 0), 2);
    pid_t pid = fork();
    if (pid == 0) {
        read(ends[1], buf, 1); /* until the parent is gone */
        end_child();
    }
    MUST(close(ends[1]));
    EXPECT(recv(ends[0], buf, 2, 0), 0);
    MUST(close(ends[0]));
    expect_child(pid);
}

/* connect:error=ECONNREFUSED: not where there is a connection already */
static void refusal_of_the_connected(void)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 4), client = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_ERROR(connect(client, (struct sockaddr *)&name, sizeof name), ECONNREFUSED);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    EXPECT_ERROR(connect(ends[0], (struct sockaddr *)&name, sizeof name), EINVAL);
    close(listener);
}

/* read:error=ECONNRESET:force: what is forced is done, legal or not */
static void forced(void)
{
    int pipes[2];
    MUST(pipe(pipes));
    EXPECT_ERROR(read(pipes[0], buf, 1), ECONNRESET);
}

CHECK_MAIN({"eagain-blocking", eagain_on_a_blocking_socket}, {"eagain-told", eagain_after_being_told},
           {"eagain-timeout", eagain_by_timeout}, {"eintr-receive", eintr_at_receive},
           {"eintr-wait", eintr_at_waits}, {"short-pieces", short_pieces}, {"short-messages", short_messages},
           {"short-lowat", short_below_the_mark}, {"ends", ends_of_what_has_none},
           {"reset-after-fin", reset_after_fin}, {"reset-known-data", reset_over_known_data},
           {"timeout-unsent", timeout_of_a_listener}, {"refused-unsent", refusal_of_nothing},
           {"eagain-accept", eagain_of_a_single_acceptor}, {"eagain-threads", eagain_among_threads},
           {"pair-of-child", end_of_a_childs_pair}, {"refused-connected", refusal_of_the_connected},
           {"forced", forced})
