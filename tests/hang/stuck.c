/* Gets no further, in the way that is asked for, or looks as if. */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ends[2];

static void receive(void)
{
    char buffer[100];
    recv(ends[0], buffer, sizeof buffer, 0);
}

static void all_of_it(void)
{
    char buffer[100];
    send(ends[1], "hello", 5, 0);
    recv(ends[0], buffer, 5, 0);
    recv(ends[0], buffer, 20, MSG_WAITALL);
}

static void send_on(void)
{
    static char buffer[1 << 20];
    send(ends[0], buffer, sizeof buffer, 0);
}

static void poll_two(void)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) < 0)
        err(2, "pipe");
    struct pollfd fds[] = {
        {.fd = pipe_ends[0], .events = POLLIN}, {.fd = -1}, {.fd = ends[0], .events = POLLPRI}};
    poll(fds, 3, -1);
}

static void select_one(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    select(ends[0] + 1, &set, NULL, NULL, NULL);
}

static void epoll_disarmed(void)
{
    int fd = epoll_create1(0), event = eventfd(0, 0);
    struct epoll_event in = {.events = EPOLLIN}, once = {.events = EPOLLOUT | EPOLLONESHOT}, got;
    epoll_ctl(fd, EPOLL_CTL_ADD, event, &in);
    epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &once);
    for (;;)
        epoll_wait(fd, &got, 1, -1);
}

static void lock_twice(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
}

static void *receive_in_thread(void *unused)
{
    receive();
    return unused;
}

static void four_threads(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, receive_in_thread, NULL))
            errx(2, "pthread_create");
    pthread_join(threads[0], NULL);
}

static void child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        pause();
    waitpid(pid, NULL, 0);
}

static void spin_at_end(void)
{
    char byte;
    shutdown(ends[1], SHUT_WR);
    while (recv(ends[0], &byte, 1, 0) == 0)
        ;
}

/* Would be over in a second. */
static void spin_by_clock(void)
{
    char byte;
    for (time_t until = time(NULL) + 2; time(NULL) < until;)
        recv(ends[0], &byte, 1, MSG_DONTWAIT);
}

static void spin_by_timerfd(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec once = {.it_value.tv_sec = 1};
    struct pollfd due = {.fd = fd, .events = POLLIN};
    timerfd_settime(fd, 0, &once, NULL);
    while (poll(&due, 1, 0) == 0)
        ;
}

/* Until a rule has had enough. */
static void spin_by_rule(void)
{
    char byte;
    send(ends[1], "x", 1, 0);
    while (recv(ends[0], &byte, 1, MSG_DONTWAIT) < 0)
        if (errno != EAGAIN)
            err(1, "recv");
}

static void spin_without_calls(void)
{
    for (volatile unsigned long i = 0;; i++)
        ;
}

/* Not for ever, only for longer than anybody lets it. */
static void nap(void)
{
    poll(NULL, 0, 600000);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*way)(void);
    } ways[] = {
        {"receive", receive},
        {"all", all_of_it},
        {"send", send_on},
        {"poll", poll_two},
        {"select", select_one},
        {"epoll", epoll_disarmed},
        {"lock", lock_twice},
        {"threads", four_threads},
        {"child", child},
        {"spin", spin_at_end},
        {"clock", spin_by_clock},
        {"timerfd", spin_by_timerfd},
        {"rule", spin_by_rule},
        {"plain", spin_without_calls},
        {"nap", nap},
    };
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        err(2, "socketpair");
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].way();
            return 0;
        }
    errx(2, "usage: stuck WAY");
}
