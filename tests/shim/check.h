/*
 * What the shim's test programs share. They are programs like anybody's: they know nothing of the shim, are
 * started with it preloaded, and tell by their status whether the calls did what the rules of that run say.
 * Each has named cases; `program CASE` runs one.
 */
#ifndef SOCKFAULT_TESTS_SHIM_CHECK_H
#define SOCKFAULT_TESTS_SHIM_CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_DEADLINE_MS = 10000, CHECK_FAILED = 1 };

/* The one thing here that changes: how many checks failed in this process. */
static int check_failures __attribute__((unused));

__attribute__((format(printf, 4, 5), unused)) static bool check_that(bool holds, const char *file, int line,
                                                                     const char *format, ...)
{
    int saved = errno;
    va_list arguments;
    if (holds)
        return true;
    check_failures++;
    printf("# %s:%d: ", file, line);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    errno = saved;
    return false;
}

/* Goes on after a failure: what else is wrong is worth knowing. */
#define CHECK(holds, ...) check_that((holds), __FILE__, __LINE__, __VA_ARGS__)

/* A call that gives a number: `call` must give `expected`, and what it gave is shown. */
#define EXPECT(call, expected)                                                                               \
    do {                                                                                                     \
        long expect_got = (long)(call), expect_wanted = (long)(expected);                                    \
        CHECK(expect_got == expect_wanted, "%s gave %ld (%s), expected %ld", #call, expect_got,              \
              expect_got < 0 ? strerrorname_np(errno) : "no error", expect_wanted);                          \
    } while (0)

/* A call that must fail with that errno. */
#define EXPECT_ERROR(call, err)                                                                              \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        long expect_got = (long)(call);                                                                      \
        int expect_errno = errno;                                                                            \
        CHECK(expect_got == -1 && expect_errno == (err), "%s gave %ld (%s), expected %s", #call, expect_got, \
              expect_errno ? strerrorname_np(expect_errno) : "no error", strerrorname_np(err));              \
    } while (0)

/* What the test itself needs and must not fail. */
#define MUST(call)                                                                                           \
    do {                                                                                                     \
        if ((long)(call) < 0) {                                                                              \
            printf("# %s:%d: %s: %s\n", __FILE__, __LINE__, #call, strerror(errno));                         \
            exit(CHECK_FAILED);                                                                              \
        }                                                                                                    \
    } while (0)

struct check_case {
    const char *name;
    void (*run)(void);
};

/* main() of a program with cases. */
__attribute__((unused)) static int check_main(int argc, char **argv, const struct check_case *cases,
                                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (argc > 1 && strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return check_failures ? CHECK_FAILED : 0;
        }
    printf("# usage: %s CASE\n", argv[0]);
    return CHECK_FAILED;
}

#define CHECK_MAIN(...)                                                                                      \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        static const struct check_case cases[] = {__VA_ARGS__};                                              \
        return check_main(argc, argv, cases, sizeof cases / sizeof *cases);                                  \
    }

/* A listener on a port of the kernel's choice; its address in *name. */
__attribute__((unused)) static int make_listener(struct sockaddr_in *name, int backlog)
{
    socklen_t len = sizeof *name;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    MUST(fd);
    MUST(bind(fd, (struct sockaddr *)name, sizeof *name));
    MUST(listen(fd, backlog));
    MUST(getsockname(fd, (struct sockaddr *)name, &len));
    return fd;
}

/* A TCP connection over loopback: ends[0] connected, ends[1] accepted. */
__attribute__((unused)) static void make_tcp(int ends[2])
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 1);
    MUST(ends[0] = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(ends[0], (struct sockaddr *)&name, sizeof name));
    MUST(ends[1] = accept(listener, NULL, NULL));
    MUST(close(listener));
}

/*
 * Two connected Unix domain sockets. Not by socketpair: what is sent over one of those comes out as it went
 * in, while whoever connected may have written piece by piece; and its ends end when this process says so.
 */
__attribute__((unused)) static void make_pair(int type, int ends[2])
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t len = sizeof name;
    int listener;
    if (type == SOCK_DGRAM) {
        MUST(socketpair(AF_UNIX, type, 0, ends));
        return;
    }
    MUST(listener = socket(AF_UNIX, type, 0));
    MUST(bind(listener, (struct sockaddr *)&name, sizeof(sa_family_t)));
    MUST(listen(listener, 1));
    MUST(getsockname(listener, (struct sockaddr *)&name, &len));
    MUST(ends[0] = socket(AF_UNIX, type, 0));
    MUST(connect(ends[0], (struct sockaddr *)&name, len));
    MUST(ends[1] = accept(listener, NULL, NULL));
    MUST(close(listener));
}

/* Two connected UDP sockets on loopback. */
__attribute__((unused)) static void make_udp(int ends[2])
{
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        MUST(ends[i] = socket(AF_INET, SOCK_DGRAM, 0));
        MUST(bind(ends[i], (struct sockaddr *)&any, sizeof any));
    }
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in name;
        socklen_t len = sizeof name;
        MUST(getsockname(ends[!i], (struct sockaddr *)&name, &len));
        MUST(connect(ends[i], (struct sockaddr *)&name, len));
    }
}

__attribute__((unused)) static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* Waits until one of the events is there; false when the deadline passes first. */
__attribute__((unused)) static bool wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    return poll(&poll_fd, 1, CHECK_DEADLINE_MS) == 1;
}

/*
 * Waits until all of the events are there, POLLHUP say, which comes a moment after POLLERR when a connection
 * dies; false when the deadline passes first.
 */
__attribute__((unused)) static bool wait_for_all(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    for (int i = 0; i < CHECK_DEADLINE_MS; i++) {
        if (poll(&poll_fd, 1, 1) == 1 && (poll_fd.revents & events) == events)
            return true;
        if (poll_fd.revents)
            poll(NULL, 0, 1);
    }
    return false;
}

/* Waits for the child and counts its failure as one of ours. */
__attribute__((unused)) static void expect_child(pid_t pid)
{
    int status = -1;
    MUST(pid);
    EXPECT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child ended with status %#x",
          (unsigned int)status);
}

/* In a child of fork(): what it checked is told by its status. */
__attribute__((noreturn, unused)) static void end_child(void)
{
    fflush(stdout);
    _exit(check_failures ? CHECK_FAILED : 0);
}

#endif
