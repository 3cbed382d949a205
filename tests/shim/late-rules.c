/*
 * What a program was told before a rule came stays true: data that poll has announced is there, and a select
 * that has begun ends as it would have. Each case prints "ready"; a byte on stdin says that the rule has
 * come.
 */
#include "tests/shim/check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/select.h>

static void say_ready(void)
{
    puts("ready");
    fflush(stdout);
}

static void wait_for_rule(void)
{
    char byte;
    MUST(read(STDIN_FILENO, &byte, 1));
}

/* recv:error=EAGAIN, which comes between the poll and the receive */
static void announced(void)
{
    int ends[2];
    char buf[8];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "hello", 5, 0));
    struct pollfd readable = {.fd = ends[0], .events = POLLIN};
    EXPECT(poll(&readable, 1, CHECK_DEADLINE_MS), 1);
    say_ready();
    wait_for_rule();
    EXPECT(recv(ends[0], buf, sizeof buf, MSG_DONTWAIT), 5);
    EXPECT_ERROR(recv(ends[0], buf, sizeof buf, MSG_DONTWAIT), EAGAIN);
    close_both(ends);
}

static int bound(struct sockaddr_in *name)
{
    socklen_t len = sizeof *name;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    MUST(fd);
    MUST(bind(fd, (struct sockaddr *)name, sizeof *name));
    MUST(getsockname(fd, (struct sockaddr *)name, &len));
    return fd;
}

static void *send_late(void *context)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    wait_for_rule();
    MUST(sendto(fd, "hello", 5, 0, context, sizeof(struct sockaddr_in)));
    close(fd);
    return NULL;
}

/* recv:drop:times=1, which comes while the select waits; another rule has it looked at */
static void waiting(void)
{
    struct sockaddr_in name;
    int fd = bound(&name);
    char buf[8];
    pthread_t sender;
    fd_set in;
    FD_ZERO(&in);
    FD_SET(fd, &in);
    CHECK(pthread_create(&sender, NULL, send_late, &name) == 0, "no thread");
    say_ready();
    EXPECT(select(fd + 1, &in, NULL, NULL, NULL), 1);
    for (int i = 0; i < FD_SETSIZE; i++)
        CHECK(!FD_ISSET(i, &in) == (i != fd), "descriptor %d: the other way round", i);
    EXPECT(recv(fd, buf, sizeof buf, MSG_DONTWAIT), 5);
    pthread_join(sender, NULL);
    close(fd);
}

CHECK_MAIN({"announced", announced}, {"waiting", waiting})
