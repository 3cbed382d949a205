/* connect that fails, or is interrupted: a port where nobody listens, a full backlog and a signal. */
#include "tests/conformance/before.h"

#include <sys/time.h>

static void connect_refused(const struct twin_run *run, bool blocking)
{
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, run->depth); i++) {
        struct twin t = {.peer = -1};
        int silent = bind_silent(SOCK_STREAM, &t);
        take_socket(&t, AF_INET, SOCK_STREAM);
        MUST(fcntl(t.fd, F_SETFL, blocking ? 0 : O_NONBLOCK));
        twin_watch(&t);
        op_connect(&t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK)); /* no sequence may hang */
        if (!blocking)
            CHECK(wait_for(t.fd, POLLRDHUP), "the refusal did not come");
        twin_sequence(&t, after_connect, AFTER_CONNECT, run->depth, i);
        finish(&t);
        close(silent);
    }
}

static void refused_blocking(const struct twin_run *run)
{
    connect_refused(run, true);
}

static void refused_later(const struct twin_run *run)
{
    connect_refused(run, false);
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* Connections nobody accepts, until the kernel ignores one more. Returns how many there are. */
static int fill_backlog(const struct sockaddr_in *name, int clients[16])
{
    for (int i = 0; i < 16; i++) {
        struct pollfd done = {.events = POLLOUT};
        MUST(clients[i] = done.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        if (connect(done.fd, (const struct sockaddr *)name, sizeof *name) < 0 && poll(&done, 1, 100) == 0)
            return i + 1;
    }
    return 16;
}

/* Makes room; what was accepted stays open. */
static void empty_backlog(int listener, const int clients[16], int count)
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    while (poll(&waiting, 1, 0) == 1)
        MUST(accept(listener, NULL, NULL));
    for (int i = 0; i < count; i++)
        close(clients[i]);
}

/* A timer fires again and again: one signal could come before the call, and then nothing would end it. */
static void interrupt(const struct twin_run *run, bool on)
{
    struct itimerval timer = {.it_interval.tv_usec = 20000, .it_value.tv_usec = on ? 20000 : 0};
    struct sigaction action = {.sa_handler = on_alarm};
    if (!run->real)
        timer = (struct itimerval){0};
    MUST(sigaction(SIGALRM, &action, NULL));
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

static void connect_interrupted(const struct twin_run *run, bool blocking)
{
    int clients[16], count = 0;
    struct sockaddr_in name;
    struct twin t = {.peer = -1, .address_len = sizeof name};
    int listener = make_listener(&name, 1);
    memcpy(&t.address, &name, sizeof name);
    take_socket(&t, AF_INET, SOCK_STREAM);
    if (run->real)
        count = fill_backlog(&name, clients);
    interrupt(run, true);
    op_connect(&t);
    interrupt(run, false);
    op_error(&t);
    empty_backlog(listener, clients, count);
    if (!blocking) {
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        CHECK(wait_for(t.fd, POLLOUT), "it did not go on by itself");
    }
    op_connect(&t);
    op_connect(&t);
    op_poll(&t);
    op_send(&t);
    op_peername(&t);
    op_close(&t);
    printf("\n");
}

static void interrupted_blocking(const struct twin_run *run)
{
    connect_interrupted(run, true);
}

static void interrupted_polling(const struct twin_run *run)
{
    connect_interrupted(run, false);
}

TWIN_MAIN({"refused-blocking", refused_blocking}, {"refused-later", refused_later},
          {"interrupted-blocking", interrupted_blocking}, {"interrupted-polling", interrupted_polling})
