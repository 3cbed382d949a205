/*
 * Calls that the kernel answers always the same, whatever others do. Nothing happens here for real, and
 * nothing may by injection: the rule is refused.
 */
#include "tests/conformance/datagrams.h"
#include "tests/conformance/pairs.h"

#include <netinet/udp.h>
#include <pthread.h>

static bool is_datagram(const struct twin_run *run)
{
    return strncmp(run->variant, "udp", 3) == 0 || strcmp(run->variant, "dgram") == 0;
}

/* fd, which does not block, and its peer, of the variant's kind. */
static void make(const struct twin_run *run, struct twin *t)
{
    int ends[2];
    *t = (struct twin){.peer = -1};
    if (strcmp(run->variant, "dgram") == 0)
        MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
    else if (is_datagram(run))
        make_udp(ends);
    if (!is_datagram(run)) {
        const struct pair_kind *kind = pair_kind(run->variant);
        int listener = pair_listen(kind);
        pair_connect(kind, listener, t);
        MUST(close(listener));
        return;
    }
    MUST(t->fd = dup2(ends[0], TWIN_FD));
    MUST(close(ends[0]));
    t->peer = ends[1];
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK));
    twin_watch(t);
}

static void tell_state(struct twin *t)
{
    op_poll(t);
    op_edge(t);
    op_error(t);
    if (t->peer >= 0)
        twin_say_peer(t);
    printf("\n");
    pair_end(t);
}

/* The program has ended its own side: every send fails with EPIPE. */
static void shut_writing(const struct twin_run *run)
{
    struct twin t;
    make(run, &t);
    op_end_writing(&t);
    op_send(&t);
    op_sendmsg(&t);
    op_write(&t);
    tell_state(&t);
}

/* ... and every receive finds an end; of datagrams where it would have to wait. */
static void shut_reading(const struct twin_run *run)
{
    struct timeval soon = {.tv_usec = 50000};
    struct twin t;
    make(run, &t);
    MUST(setsockopt(t.fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    if (is_datagram(run))
        MUST(fcntl(t.fd, F_SETFL, 0));
    else
        op_recv(&t); /* what a wait told of is settled */
    op_end_reading(&t);
    op_recv(&t);
    op_recvmsg(&t);
    if (!is_datagram(run))
        op_peek(&t);
    tell_state(&t);
}

/* Of no messages, of no bytes: there is nothing that could be waited for. */
static void nothing_asked(const struct twin_run *run)
{
    struct twin t;
    struct iovec nothing = {(char[]){""}, 0};
    struct mmsghdr empty = {.msg_hdr = {.msg_iov = &nothing, .msg_iovlen = 1}};
    int pipe_ends[2], file;
    make(run, &t);
    MUST(pipe(pipe_ends));
    MUST(file = open("/proc/self/exe", O_RDONLY));
    twin_say("sendmmsg", sendmmsg(t.fd, NULL, 0, MSG_DONTWAIT));
    twin_say("recvmmsg", recvmmsg(t.fd, NULL, 0, MSG_DONTWAIT, NULL));
    if (strcmp(run->variant, "seqpacket") != 0 && !is_datagram(run))
        twin_say("sendmmsg", sendmmsg(t.fd, &empty, 1, MSG_DONTWAIT));
    twin_say("writev", writev(t.fd, &nothing, 1));
    twin_say("readv", readv(t.fd, &nothing, 1));
    twin_say("splice", splice(pipe_ends[0], NULL, t.fd, NULL, 0, 0));
    twin_say("sendfile", sendfile(t.fd, file, NULL, 0));
    tell_state(&t);
}

/* There is no more in the file, or in a pipe that nobody writes to. */
static void nothing_left(const struct twin_run *run)
{
    struct twin t;
    off_t far = 1 << 30;
    int pipe_ends[2], file;
    make(run, &t);
    MUST(pipe(pipe_ends));
    MUST(close(pipe_ends[1]));
    MUST(file = open("/proc/self/exe", O_RDONLY));
    twin_say("sendfile", sendfile(t.fd, file, &far, 100));
    MUST(lseek(file, 0, SEEK_END));
    twin_say("sendfile", sendfile(t.fd, file, NULL, 100));
    twin_say("splice", splice(pipe_ends[0], NULL, t.fd, NULL, 100, 0));
    tell_state(&t);
}

/* A splice out of a socket receives; what it finds was told of before. */
static void spliced_out(const struct twin_run *run)
{
    struct twin t;
    int pipe_ends[2];
    make(run, &t);
    MUST(pipe(pipe_ends));
    MUST(send(t.peer, "abcdef", 6, 0));
    CHECK(wait_for(t.fd, POLLIN), "nothing came");
    op_poll(&t);
    twin_say("splice", splice(t.fd, NULL, pipe_ends[1], NULL, 4, 0));
    twin_say("splice", splice(t.fd, NULL, pipe_ends[1], NULL, 4, 0));
    tell_state(&t);
}

/* SPLICE_F_NONBLOCK is about the pipe: the socket blocks, and so has no EAGAIN to give. */
static void spliced_in(const struct twin_run *run)
{
    struct twin t;
    int pipe_ends[2];
    make(run, &t);
    MUST(fcntl(t.fd, F_SETFL, 0));
    MUST(pipe(pipe_ends));
    MUST(write(pipe_ends[1], "abcdef", 6));
    twin_say("splice", splice(pipe_ends[0], NULL, t.fd, NULL, 6, SPLICE_F_NONBLOCK));
    tell_state(&t);
}

/* A wait has told of an error: the receive gives that, and nothing else first. */
static void told_of_error(const struct twin_run *run)
{
    struct twin t;
    make(run, &t);
    MUST(close(t.peer));
    t.peer = -1;
    op_send(&t);
    CHECK(wait_for(t.fd, POLLERR), "no error");
    op_recv(&t);
    op_recv(&t);
    tell_state(&t);
}

/* Parts of one datagram: none is lost, doubled or refused without the rest. */
static void put_together(const struct twin_run *run)
{
    struct twin t;
    char buf[8];
    make(run, &t);
    twin_say("sent", sendto(t.fd, "ab", 2, MSG_MORE, NULL, 0));
    op_recv(&t);
    op_send(&t);
    twin_say("peer", recv(t.peer, buf, sizeof buf, MSG_DONTWAIT));
    MUST(setsockopt(t.fd, IPPROTO_UDP, UDP_CORK, &(int){1}, sizeof(int)));
    op_send(&t);
    op_write(&t);
    MUST(setsockopt(t.fd, IPPROTO_UDP, UDP_CORK, &(int){0}, sizeof(int)));
    tell_state(&t);
}

/* Nobody answers; with IP_RECVERR TCP would tell of an ICMP error at once, and live on. */
static void told_at_once(const struct twin_run *run)
{
    struct twin t;
    make(run, &t);
    if (strcmp(run->variant, "tcp6") == 0)
        MUST(setsockopt(t.fd, IPPROTO_IPV6, IPV6_RECVERR, &(int){1}, sizeof(int)));
    else
        MUST(setsockopt(t.fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
    op_send(&t);
    op_recv(&t);
    op_send(&t);
    tell_state(&t);
}

/* Of a file, over AF_UNIX, as much goes at once as a pipe holds. */
static void file_whole(const struct twin_run *run)
{
    struct twin t;
    off_t offset = 100;
    int file;
    make(run, &t);
    MUST(file = open("/proc/self/exe", O_RDONLY));
    twin_say("sendfile", sendfile(t.fd, file, &offset, 10000));
    op_splice(&t);
    MUST(close(file));
    tell_state(&t);
}

/* Urgent data that a wait told of outlives the connection: no send finds it dead before that is seen. */
static void told_of_urgent(const struct twin_run *run)
{
    struct twin t;
    make(run, &t);
    MUST(send(t.peer, "u", 1, MSG_OOB));
    CHECK(wait_for(t.fd, POLLPRI), "no urgent data");
    op_send(&t);
    op_write(&t);
    tell_state(&t);
}

/* No descriptor, no event: what is wrong with the call comes before what the machine is short of. */
static void wrong_call(const struct twin_run *run)
{
    struct epoll_event event;
    int epoll;
    MUST(epoll = epoll_create1(0));
    if (strcmp(run->variant, "dup") == 0)
        twin_say("dup", dup(TWIN_FD));
    else if (strcmp(run->variant, "fcntl") == 0)
        twin_say("fcntl", fcntl(TWIN_FD, F_DUPFD, 0));
    else
        twin_say("epoll_wait", epoll_wait(epoll, &event, 0, 10));
    printf("\n");
}

/* Addresses that need not be this machine's: a group's, everybody's, any with IP_FREEBIND. */
static void bind_anyway(const struct twin_run *run)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 1};
    struct twin t = {.peer = -1};
    bool ip6 = strchr(run->variant, ':') != NULL;
    MUST(inet_pton(ip6 ? AF_INET6 : AF_INET, run->variant,
                   ip6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr));
    take_socket(&t, ip6 ? AF_INET6 : AF_INET, SOCK_DGRAM);
    if (strncmp(run->variant, "192.", 4) == 0)
        MUST(setsockopt(t.fd, IPPROTO_IP, IP_FREEBIND, &(int){1}, sizeof(int)));
    twin_say("bind", ip6 ? bind(t.fd, (struct sockaddr *)&in6, sizeof in6)
                         : bind(t.fd, (struct sockaddr *)&in, sizeof in));
    printf("\n");
}

static void *sleeps(void *unused)
{
    pause();
    return unused;
}

/* Another thread that does not receive takes nothing away of what a wait told of. */
static void idle_thread(const struct twin_run *run)
{
    struct twin t;
    pthread_t thread;
    make(run, &t);
    CHECK(pthread_create(&thread, NULL, sleeps, NULL) == 0, "no thread");
    MUST(send(t.peer, "abc", 3, 0));
    CHECK(wait_for(t.fd, POLLIN), "nothing came");
    op_recv(&t);
    tell_state(&t);
}

/* A wait told of room: the next send has it. */
static void told_of_room(const struct twin_run *run)
{
    struct epoll_event event;
    for (int i = 0; i < 3; i++) {
        struct twin t;
        make(run, &t);
        if (i == 0)
            op_poll(&t);
        if (i == 1)
            op_select(&t);
        if (i == 2)
            MUST(epoll_wait(t.level, &event, 1, 1000));
        op_send(&t);
        tell_state(&t);
    }
}

/* Both ends of a socketpair are the program's own: neither ends but by its doing. */
static void own_pair(const struct twin_run *run)
{
    int ends[2], type = strcmp(run->variant, "unix") == 0        ? SOCK_STREAM
                        : strcmp(run->variant, "seqpacket") == 0 ? SOCK_SEQPACKET
                                                                 : SOCK_DGRAM;
    struct twin t;
    MUST(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends));
    t = (struct twin){.peer = ends[1]};
    MUST(t.fd = dup2(ends[0], TWIN_FD));
    MUST(close(ends[0]));
    twin_watch(&t);
    MUST(send(t.peer, "abcdef", 6, 0));
    op_recv(&t);
    op_recv(&t);
    op_recv(&t);
    op_send(&t);
    op_write(&t);
    tell_state(&t);
}

TWIN_MAIN({"idle-thread", idle_thread}, {"bind-anyway", bind_anyway}, {"told-of-urgent", told_of_urgent},
          {"wrong-call", wrong_call}, {"own-pair", own_pair}, {"told-of-room", told_of_room},
          {"put-together", put_together}, {"told-at-once", told_at_once}, {"file-whole", file_whole},
          {"shut-writing", shut_writing}, {"shut-reading", shut_reading}, {"nothing-asked", nothing_asked},
          {"nothing-left", nothing_left}, {"spliced-out", spliced_out}, {"spliced-in", spliced_in},
          {"told-of-error", told_of_error})
