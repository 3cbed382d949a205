#include "harness/control/control.h"
#include "harness/clock.h"
#include "harness/control/client.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 32,          /* at once; then who has been silent for longest has to go */
    ACCEPTED_AT_ONCE = 64, /* between two looks at those who are there */
    SHORT_PAUSE_MS = 100,  /* before the next try, when there are no descriptors */
    FAREWELL_MS = 1000,    /* for the last answers to be taken */
};

struct control {
    struct control_endpoint endpoint;
    struct book *book;
    pthread_t thread;
    bool running;
    bool pausing; /* accept failed */
    int over;     /* eventfd: the program has ended */
    struct client clients[CLIENTS];
};

struct control *control_open(const char *path, struct diag *diag)
{
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL) {
        diag_set(diag, STATUS_TROUBLE, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < CLIENTS; i++)
        control->clients[i].fd = -1;
    control->endpoint.fd = -1;
    control->over = eventfd(0, EFD_CLOEXEC);
    if (control->over < 0)
        diag_set(diag, STATUS_TROUBLE, "eventfd: %m");
    else if (control_endpoint_make(&control->endpoint, path, diag))
        return control;
    control_end(control);
    return NULL;
}

const struct control_endpoint *control_endpoint(const struct control *control)
{
    return control != NULL ? &control->endpoint : NULL;
}

/* A free place, or that of who has kept silent for longest. */
static struct client *place(struct control *control)
{
    struct client *longest = &control->clients[0];
    for (size_t i = 0; i < CLIENTS; i++) {
        if (control->clients[i].fd < 0)
            return &control->clients[i];
        if (control->clients[i].deadline_ns < longest->deadline_ns)
            longest = &control->clients[i];
    }
    client_end(longest);
    return longest;
}

static void let_in(struct control *control)
{
    control->pausing = false;
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        int fd = accept4(control->endpoint.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            client_begin(place(control), fd);
            continue;
        }
        control->pausing = errno != EAGAIN && errno != ECONNABORTED && errno != EINTR;
        return;
    }
}

/* What the thread waits for: its end, one who comes, those who are there. */
struct watched {
    struct pollfd fds[2 + CLIENTS];
    int timeout_ms; /* -1: as long as it takes */
};

static void sooner(struct watched *watched, int ms)
{
    if (watched->timeout_ms < 0 || ms < watched->timeout_ms)
        watched->timeout_ms = ms;
}

static void watch_for(const struct control *control, struct watched *watched)
{
    watched->timeout_ms = control->pausing ? SHORT_PAUSE_MS : -1;
    watched->fds[0] = (struct pollfd){.fd = control->over, .events = POLLIN};
    watched->fds[1] = (struct pollfd){.fd = control->pausing ? -1 : control->endpoint.fd, .events = POLLIN};
    for (size_t i = 0; i < CLIENTS; i++) {
        const struct client *client = &control->clients[i];
        short events = client->fd < 0 ? 0 : client_events(client);
        watched->fds[2 + i] = (struct pollfd){.fd = client->fd, .events = events};
        if (client->fd >= 0)
            sooner(watched, events == 0 ? 0 : clock_ms_until(client->deadline_ns));
    }
}

static void serve(struct control *control, const struct watched *watched)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &control->clients[i];
        const struct pollfd *seen = &watched->fds[2 + i];
        if (client->fd < 0 || seen->fd < 0)
            continue;
        if (seen->revents != 0 || seen->events == 0)
            client_go_on(client, control->book, false);
        else if (clock_ns() >= client->deadline_ns)
            client_end(client);
    }
}

/* The last round: what has come so far is answered, and whoever has not asked is told that it is too late. */
static void say_goodbye(struct control *control)
{
    struct diag diag = {0};
    diag_set(&diag, STATUS_TROUBLE, "the program has ended");
    let_in(control);
    for (size_t i = 0; i < CLIENTS; i++)
        if (control->clients[i].fd >= 0)
            client_go_on(&control->clients[i], control->book, true);
    for (size_t i = 0; i < CLIENTS; i++) {
        client_dismiss(&control->clients[i], &diag);
        if (control->clients[i].fd >= 0)
            client_go_on(&control->clients[i], control->book, true);
    }
}

/* Answers that are too long for the socket's buffer are given a moment. */
static void send_the_rest(struct control *control)
{
    int64_t until_ns = clock_ns() + FAREWELL_MS * NS_PER_MS;
    struct watched watched;
    for (;;) {
        watch_for(control, &watched);
        watched.fds[0].fd = watched.fds[1].fd = -1;
        bool waiting = false;
        for (size_t i = 0; i < CLIENTS; i++)
            waiting = waiting || control->clients[i].fd >= 0;
        int left = clock_ms_until(until_ns);
        if (!waiting || left == 0 || poll(watched.fds, 2 + CLIENTS, left) <= 0)
            return;
        serve(control, &watched);
    }
}

static void *answer(void *context)
{
    struct control *control = context;
    struct watched watched;
    for (;;) {
        watch_for(control, &watched);
        if (poll(watched.fds, 2 + CLIENTS, watched.timeout_ms) < 0 && errno != EINTR)
            break;
        if (watched.fds[0].revents != 0)
            break;
        serve(control, &watched);
        if (watched.fds[1].revents != 0 || control->pausing)
            let_in(control);
    }
    say_goodbye(control);
    send_the_rest(control);
    return NULL;
}

bool control_start(struct control *control, struct book *book, struct diag *diag)
{
    sigset_t all, before;
    control->book = book;
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* of the board: see harness/run/watch/mend.h */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&control->thread, NULL, answer, control);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    control->running = error == 0;
    if (error != 0)
        diag_set(diag, STATUS_TROUBLE, "no thread for --control: %s", strerror(error));
    return control->running;
}

void control_end(struct control *control)
{
    uint64_t one = 1;
    if (control == NULL)
        return;
    if (control->endpoint.fd >= 0)
        control_endpoint_unlink(&control->endpoint);
    if (control->running && write(control->over, &one, sizeof one) == sizeof one)
        pthread_join(control->thread, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        client_end(&control->clients[i]);
    if (control->endpoint.fd >= 0)
        close(control->endpoint.fd);
    if (control->over >= 0)
        close(control->over);
    free(control);
}
