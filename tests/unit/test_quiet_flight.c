/* What is under way between sockets of this very process, told by the kernel. */
#include "harness/clock.h"
#include "harness/quiet/flight.h"
#include "harness/quiet/inodes.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int ascending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t inode_of(int fd)
{
    struct stat status;
    cr_assert_eq(fstat(fd, &status), 0);
    return status.st_ino;
}

static struct sockaddr_in listen_on(int *ret_fd, int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    *ret_fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(*ret_fd, (void *)&address, sizeof address), 0);
    cr_assert_eq(listen(*ret_fd, backlog), 0);
    cr_assert_eq(getsockname(*ret_fd, (void *)&address, &len), 0);
    return address;
}

static void connected(int ends[2])
{
    int listener;
    struct sockaddr_in address = listen_on(&listener, 1);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(ends[0], (void *)&address, sizeof address), 0);
    ends[1] = accept(listener, NULL, NULL);
    cr_assert(ends[1] >= 0);
    close(listener);
}

/* Of TCP only: what the test runner has is not the test's. */
static enum flight look(bool listeners_open)
{
    struct inodes all, own = {.items = calloc(1024, sizeof(uint64_t))};
    struct task self = {.pid = getpid(), .tid = getpid()};
    struct tasks tasks = {.items = &self, .count = 1};
    inodes_read(&all, &tasks);
    for (int fd = 3; fd < 1024; fd++) {
        struct stat status;
        int domain = 0;
        socklen_t len = sizeof domain;
        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_INET &&
            fstat(fd, &status) == 0)
            for (size_t i = 0; i < all.count; i++)
                if (all.items[i] == status.st_ino)
                    own.items[own.count++] = status.st_ino;
    }
    qsort(own.items, own.count, sizeof *own.items, ascending);
    struct flight_scope scope = {.inodes = own.items, .count = own.count, .listeners_open = listeners_open};
    enum flight flight = flight_look(&scope);
    inodes_free(&all);
    inodes_free(&own);
    return flight;
}

/* Others use this machine as well: a packet of theirs may be on its way at any moment. */
static enum flight settled(enum flight wanted)
{
    int64_t until = clock_ns() + 2 * NS_PER_S;
    enum flight flight;
    do
        flight = look(false);
    while (flight != wanted && clock_ns() < until);
    return flight;
}

Test(quiet_flight, an_idle_connection_has_nothing_under_way)
{
    int ends[2];
    connected(ends);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE);
}

static bool is_unacknowledged(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    cr_assert_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    return info.tcpi_unacked > 0;
}

Test(quiet_flight, what_was_delivered_is_not_under_way_though_not_acknowledged)
{
    int ends[2], one = 1;
    char bytes[100] = {0};
    int told_before = 0; /* so often the sender had not been told of it yet */
    connected(ends);
    for (int i = 0; i < 40; i++) { /* beyond the first, which are acknowledged at once */
        setsockopt(ends[1], IPPROTO_TCP, TCP_QUICKACK, &(int){0}, sizeof one);
        cr_assert_eq(send(ends[0], bytes, sizeof bytes, 0), (ssize_t)sizeof bytes);
        cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE);
        told_before += is_unacknowledged(ends[0]);
        cr_assert_eq(recv(ends[1], bytes, sizeof bytes, 0), (ssize_t)sizeof bytes);
    }
    cr_expect_gt(told_before, 0);
    shutdown(ends[0], SHUT_WR);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE, "a FIN is delivered as well");
}

static void fill(int fd)
{
    static char much[65536];
    while (send(fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    cr_assert_eq(errno, EAGAIN);
}

Test(quiet_flight, bytes_that_a_full_reader_keeps_away_are_not_under_way)
{
    int ends[2];
    connected(ends);
    fill(ends[0]);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE);
    fill(ends[1]);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE, "both sides");
}

/* A reset leaves the bytes that were to be sent, and nobody to send them to. */
Test(quiet_flight, what_was_left_behind_by_a_reset_is_not_under_way)
{
    struct linger now = {.l_onoff = 1};
    int ends[2];
    connected(ends);
    fill(ends[0]);
    setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(ends[1]);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE);
}

/* Of one or two; fd2 -1: one. */
static enum flight look_for(int fd, int fd2)
{
    uint64_t inodes[] = {inode_of(fd), fd2 < 0 ? UINT64_MAX : inode_of(fd2)};
    qsort(inodes, 2, sizeof *inodes, ascending);
    struct flight_scope scope = {.inodes = inodes, .count = 2};
    return flight_look(&scope);
}

static enum flight settled_for(int fd, int fd2, enum flight wanted)
{
    int64_t until = clock_ns() + 2 * NS_PER_S;
    enum flight flight;
    do
        flight = look_for(fd, fd2);
    while (flight != wanted && clock_ns() < until);
    return flight;
}

static void deafen(int fd)
{
    struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &nothing};
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter), 0);
}

Test(quiet_flight, what_a_closed_socket_still_has_to_deliver_is_under_way_to_the_other_end)
{
    int ends[2];
    connected(ends);
    deafen(ends[1]);
    cr_assert_eq(send(ends[0], "x", 1, 0), 1);
    close(ends[0]);
    for (int i = 0; i < 10; i++)
        cr_expect_neq(look_for(ends[1], -1), FLIGHT_NONE);
}

Test(quiet_flight, a_connection_that_waits_for_its_first_byte_is_under_way_to_who_listens)
{
    int listener, seconds = 2, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = listen_on(&listener, 1);
    setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
    cr_assert_eq(connect(fd, (void *)&address, sizeof address), 0);
    for (int i = 0; i < 10; i++)
        cr_expect_neq(look_for(listener, fd), FLIGHT_NONE);
}

/* Where others use the network as well, it must be known whose the other end is. */
Test(quiet_flight, an_end_that_was_closed_is_nobody_elses)
{
    int ends[2];
    connected(ends);
    cr_expect_eq(settled_for(ends[1], -1, FLIGHT_OUTSIDE), FLIGHT_OUTSIDE, "it has not been closed yet");
    close(ends[0]);
    cr_expect_eq(settled_for(ends[1], -1, FLIGHT_NONE), FLIGHT_NONE);
}

Test(quiet_flight, datagrams_go_to_whoever_has_the_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq(bind(server, (void *)&address, sizeof address), 0);
    cr_assert_eq(getsockname(server, (void *)&address, &len), 0);
    cr_assert_eq(connect(client, (void *)&address, sizeof address), 0);
    cr_expect_eq(settled_for(server, client, FLIGHT_NONE), FLIGHT_NONE);
    cr_expect_eq(settled_for(client, -1, FLIGHT_OUTSIDE), FLIGHT_OUTSIDE);
    int other = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    cr_assert_eq(bind(other, (void *)&address, sizeof address), 0);
    cr_expect_eq(settled_for(client, other, FLIGHT_OUTSIDE), FLIGHT_OUTSIDE, "the port alone says nothing");
}

Test(quiet_flight, a_connect_that_waits_for_room_is_under_way)
{
    int listener, fds[3];
    struct sockaddr_in address = listen_on(&listener, 0);
    for (int i = 0; i < 3; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fds[i], (void *)&address, sizeof address);
    }
    cr_expect_eq(settled(FLIGHT_TIMER), FLIGHT_TIMER);
    for (int i = 0; i < 10; i++) /* as long as it is not answered */
        cr_expect_neq(look(false), FLIGHT_NONE);
}

Test(quiet_flight, what_a_deaf_socket_does_not_get_is_sent_again)
{
    int ends[2];
    connected(ends);
    deafen(ends[1]);
    cr_assert_eq(send(ends[0], "x", 1, 0), 1);
    for (int i = 0; i < 10; i++)
        cr_expect_neq(look(false), FLIGHT_NONE);
    cr_expect_eq(settled(FLIGHT_TIMER), FLIGHT_TIMER);
}

/* With those sockets alone, of which is known who is deaf. */
static enum flight look_at(const int *fds, size_t count, const int *deaf, size_t deaf_count)
{
    uint64_t inodes[8];
    _Atomic uint64_t deaf_inodes[8];
    for (size_t i = 0; i < count; i++)
        inodes[i] = inode_of(fds[i]);
    for (size_t i = 0; i < deaf_count; i++)
        deaf_inodes[i] = inode_of(deaf[i]);
    qsort(inodes, count, sizeof *inodes, ascending);
    struct flight_scope scope = {
        .inodes = inodes, .count = count, .silenced = true, .deaf = deaf_inodes, .deaf_count = deaf_count};
    int64_t until = clock_ns() + 2 * NS_PER_S;
    enum flight flight;
    do
        flight = flight_look(&scope);
    while (flight == FLIGHT_MOVING && clock_ns() < until);
    return flight;
}

Test(quiet_flight, what_is_sent_to_who_is_known_to_be_deaf_is_sent_in_vain)
{
    int ends[2], others[2];
    connected(ends);
    connected(others);
    deafen(ends[1]);
    cr_expect_eq(look_at(ends, 2, &ends[1], 1), FLIGHT_NONE, "nothing was sent");
    cr_assert_eq(send(ends[0], "x", 1, 0), 1);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(look_at(ends, 2, &ends[1], 1), FLIGHT_DOOMED);
    cr_expect_eq(look_at(ends, 2, others, 1), FLIGHT_TIMER, "it is somebody else who is known to be");
}

Test(quiet_flight, who_is_deaf_does_not_hear_that_it_has_come)
{
    int ends[2];
    char byte;
    connected(ends);
    deafen(ends[0]);
    cr_assert_eq(send(ends[0], "x", 1, 0), 1);
    cr_assert_eq(recv(ends[1], &byte, 1, 0), 1);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(look_at(ends, 2, ends, 1), FLIGHT_DOOMED);
}

Test(quiet_flight, what_nobody_has_any_more_is_nobodys)
{
    int ends[2];
    connected(ends);
    deafen(ends[1]);
    cr_assert_eq(send(ends[0], "x", 1, 0), 1);
    close(ends[0]);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(look_at(ends + 1, 1, ends + 1, 1), FLIGHT_NONE);
    cr_expect_eq(look_at(ends + 1, 1, NULL, 0), FLIGHT_TIMER, "who hears it may be told");
}

/* tcp_retries2 of 15 is 924.6 s: ip-sysctl of the kernel's documentation. */
Test(quiet_flight, the_kernel_sends_again_for_a_quarter_of_an_hour)
{
    int retries = 0;
    FILE *file = fopen("/proc/sys/net/ipv4/tcp_retries2", "re");
    cr_assert(file != NULL && fscanf(file, "%d", &retries) == 1);
    fclose(file);
    if (retries == 15)
        cr_expect_eq(flight_patience_ns() / (NS_PER_S / 10), 9246);
    else
        cr_expect_gt(flight_patience_ns(), 0);
}

Test(quiet_flight, a_probe_that_nobody_answers_is_a_timer)
{
    int ends[2], one = 1;
    connected(ends);
    setsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE, "it is answered");
    struct flight_scope deaf = {.silenced = true};
    enum flight flight = flight_look(&deaf);
    cr_expect(flight == FLIGHT_TIMER || flight == FLIGHT_MOVING || flight == FLIGHT_OUTSIDE);
}

Test(quiet_flight, a_listener_may_be_open_to_others)
{
    int listener;
    listen_on(&listener, 1);
    cr_expect_eq(settled(FLIGHT_NONE), FLIGHT_NONE);
    cr_expect_eq(look(true), FLIGHT_OUTSIDE);
}

Test(quiet_flight, the_other_end_may_be_somebody_elses)
{
    int listener, ends[2];
    struct sockaddr_in address = listen_on(&listener, 1);
    pid_t child = fork();
    if (child == 0) {
        int fd = accept(listener, NULL, NULL);
        char byte;
        _exit(recv(fd, &byte, 1, 0) == 0 ? 0 : 1);
    }
    close(listener);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(ends[0], (void *)&address, sizeof address), 0);
    cr_expect_eq(settled(FLIGHT_OUTSIDE), FLIGHT_OUTSIDE);
    close(ends[0]);
}
