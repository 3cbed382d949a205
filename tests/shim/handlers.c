/* Calls made in signal handlers, while a call is intercepted; and calls that are left by siglongjmp. */
#include "tests/shim/check.h"

#include <setjmp.h>
#include <sys/time.h>

static int inner[2], outer[2];
static volatile sig_atomic_t handled, cut_in_handler;
static sigjmp_buf back;

static volatile sig_atomic_t next_us; /* when the handler is to come again, after it has ended; 0: not */

static void set_timer(int us)
{
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = us}, NULL);
}

static void start_timer(void (*handler)(int), int flags, int again_us)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    MUST(sigaction(SIGALRM, &action, NULL));
    next_us = again_us;
    set_timer(2000);
}

static void stop_timer(void)
{
    next_us = 0;
    set_timer(0);
}

/* Every kind of call that async-signal-safety allows, with errno put back as a good handler does. */
static void calls_in_handler(int sig)
{
    int saved = errno;
    char buf[8];
    struct pollfd readable = {.fd = inner[0], .events = POLLIN};
    (void)sig;
    (void)!send(inner[1], "12345678", 8, 0);
    poll(&readable, 1, 0);
    ssize_t n = recv(inner[0], buf, sizeof buf, 0);
    cut_in_handler += n == 1;
    while (recv(inner[0], buf, sizeof buf, MSG_DONTWAIT) > 0) {
    }
    close(dup(inner[0]));
    if (++handled == 20)
        (void)!write(outer[1], "go", 2);
    errno = saved;
    set_timer(next_us);
}

/* recv:short=1: the outer receive is restarted 20 times, then gives what the handler sent, cut. */
static void during_a_receive(void)
{
    char buf[8];
    make_pair(SOCK_STREAM, inner);
    make_tcp(outer);
    start_timer(calls_in_handler, SA_RESTART, 500);
    errno = 4711;
    ssize_t n = recv(outer[0], buf, sizeof buf, 0);
    int err = errno;
    stop_timer();
    EXPECT(n, 1);
    EXPECT(err, 4711);
    CHECK(handled >= 20 && cut_in_handler == handled, "%d handled, %d cut", (int)handled,
          (int)cut_in_handler);
}

/* recv:short=1: the handler runs inside the wrappers, not only inside the kernel. */
static void during_anything(void)
{
    int ends[2];
    char buf[4];
    long rounds = 0;
    make_pair(SOCK_STREAM, inner);
    make_pair(SOCK_STREAM, outer);
    make_pair(SOCK_STREAM, ends);
    start_timer(calls_in_handler, SA_RESTART, 100);
    while (handled < 1000) {
        rounds++;
        MUST(send(ends[1], "12", 2, 0));
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
        EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
    }
    stop_timer();
    CHECK(rounds > 0 && cut_in_handler == handled, "%d handled, %d cut", (int)handled, (int)cut_in_handler);
}

static void jumps(int sig)
{
    (void)sig;
    siglongjmp(back, 1);
}

/* recv:short=1: a wait, a receive and a delayed call are left that way; what comes after is as ever. */
static void left_by_jump(void)
{
    char buf[4];
    make_pair(SOCK_STREAM, outer);
    for (volatile int i = 0; i < 50; i++) {
        start_timer(jumps, 0, 0);
        if (sigsetjmp(back, 1) == 0) {
            if (i % 2)
                recv(outer[0], buf, sizeof buf, 0);
            else
                poll(&(struct pollfd){.fd = outer[0], .events = POLLIN}, 1, CHECK_DEADLINE_MS);
            CHECK(false, "nothing came, and yet the call returned");
        }
        stop_timer();
        MUST(send(outer[1], "1", 1, 0));
        EXPECT(recv(outer[0], buf, sizeof buf, 0), 1);
    }
    MUST(send(outer[1], "12", 2, 0));
    EXPECT(recv(outer[0], buf, sizeof buf, 0), 1);
}

static void only_notes(int sig)
{
    (void)sig;
    handled++;
    set_timer(next_us);
}

/* A real EINTR comes through as it is, and so does a real timeout. */
static void real_interrupts(void)
{
    char buf[4];
    make_pair(SOCK_STREAM, outer);
    start_timer(only_notes, 0, 2000);
    EXPECT_ERROR(recv(outer[0], buf, sizeof buf, 0), EINTR);
    EXPECT_ERROR(poll(&(struct pollfd){.fd = outer[0], .events = POLLIN}, 1, CHECK_DEADLINE_MS), EINTR);
    stop_timer();
    struct timeval limit = {.tv_usec = 1000};
    MUST(setsockopt(outer[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    EXPECT_ERROR(recv(outer[0], buf, sizeof buf, 0), EAGAIN);
}

CHECK_MAIN({"receive", during_a_receive}, {"anything", during_anything}, {"jump", left_by_jump},
           {"real", real_interrupts})
