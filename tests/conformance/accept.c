/* What accept meets: a client that is gone already, a limit of descriptors or memory, another acceptor, a
 * signal. */
#include "tests/conformance/before.h"
#include "tests/conformance/machine.h"

#include <time.h>

static void reset_now(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now));
    MUST(close(fd));
}

/* Listens on a port (variant tcp4, tcp6) or a name of the kernel's choice (unix), kept in t->address. */
static void start_listening(const struct twin_run *run, struct twin *t, int backlog)
{
    struct sockaddr_storage name = {.ss_family = AF_INET};
    socklen_t len = sizeof(struct sockaddr_in);
    ((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcmp(run->variant, "unix") == 0) {
        name = (struct sockaddr_storage){.ss_family = AF_UNIX};
        len = sizeof(sa_family_t);
    } else if (strcmp(run->variant, "tcp6") == 0) {
        name = (struct sockaddr_storage){.ss_family = AF_INET6};
        ((struct sockaddr_in6 *)&name)->sin6_addr = in6addr_loopback;
        len = sizeof(struct sockaddr_in6);
    }
    *t = (struct twin){.peer = -1, .address_len = sizeof t->address, .own_len = sizeof t->own};
    take_socket(t, name.ss_family, SOCK_STREAM);
    MUST(bind(t->fd, (struct sockaddr *)&name, len));
    MUST(listen(t->fd, backlog));
    MUST(getsockname(t->fd, (struct sockaddr *)&t->address, &t->address_len));
    t->own = t->address;
    t->own_len = t->address_len;
}

static int connect_to(const struct twin *t)
{
    int fd;
    MUST(fd = socket(t->address.ss_family, SOCK_STREAM, 0));
    MUST(connect(fd, (const struct sockaddr *)&t->address, t->address_len));
    return fd;
}

/* Connects and sends. */
static int connect_with_data(const struct twin *t)
{
    int fd = connect_to(t);
    MUST(send(fd, "hello", 5, 0));
    return fd;
}

/* The client resets while it waits to be accepted. */
static void dead_on_arrival(const struct twin_run *run)
{
    struct twin l;
    start_listening(run, &l, 8);
    int listener = dup(l.fd);
    close(l.fd);
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, run->depth); i++) {
        struct twin t = {.peer = connect_to(&l), .own_len = sizeof t.own, .address_len = sizeof t.address};
        struct sockaddr_storage told = {0};
        socklen_t len = sizeof told;
        MUST(getsockname(t.peer, (struct sockaddr *)&t.address, &t.address_len));
        if (run->real) {
            reset_now(t.peer);
            t.peer = -1;
        }
        CHECK(wait_for(listener, POLLIN), "no connection to accept");
        t.fd = accept(listener, (struct sockaddr *)&told, &len);
        printf(" accept=%s", t.fd < 0 ? strerrorname_np(errno) : "ok");
        twin_say_name("address", t.fd < 0, &told, &t.address, len);
        MUST(getsockname(t.fd, (struct sockaddr *)&t.own, &t.own_len));
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        twin_watch(&t);
        op_edge(&t);
        twin_sequence(&t, after_connect, AFTER_CONNECT, run->depth, i);
        finish(&t);
    }
    close(listener);
}

OP op_accept(struct twin *t)
{
    int fd = accept(t->fd, NULL, NULL);
    twin_say("accept", fd < 0 ? -1 : 0);
    if (fd < 0)
        return;
    char buf[8];
    twin_say("data", recv(fd, buf, sizeof buf, 0));
    close(fd);
}

static void watched_listener(const struct twin_run *run, struct twin *t, int backlog)
{
    start_listening(run, t, backlog);
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK));
    twin_watch(t);
}

/* The connection stays queued: level tells of it, edge does not. */
static void out_of_descriptors(const struct twin_run *run)
{
    struct twin t;
    int clients[2];
    watched_listener(run, &t, 8);
    for (int i = 0; i < 2; i++) {
        clients[i] = connect_with_data(&t);
        op_edge(&t);
        if (run->real)
            machine_limit_descriptors(0);
        op_accept(&t);
        op_poll(&t);
        op_level(&t);
        op_edge(&t);
        if (run->real)
            machine_limit_descriptors(-1);
    }
    op_accept(&t);
    op_accept(&t);
    op_accept(&t);
    op_level(&t);
    printf("\n");
    close_both(clients);
}

/* Who takes all there are, without a wait between, finds none; the next comes a moment later. */
static void nobody_yet(const struct twin_run *run)
{
    struct twin t;
    int clients[2];
    watched_listener(run, &t, 8);
    clients[0] = connect_with_data(&t);
    op_edge(&t);
    op_accept(&t);
    close(clients[0]);
    for (int i = 0; i < 2; i++) {
        if (!run->real)
            clients[i] = connect_with_data(&t);
        op_accept(&t);
        if (run->real)
            clients[i] = connect_with_data(&t);
        op_edge(&t);
        op_level(&t);
        op_poll(&t);
        op_accept(&t);
    }
    op_accept(&t);
    op_edge(&t);
    op_poll(&t);
    printf("\n");
    close_both(clients);
}

/* The descriptor is wanted before the queue is looked at: EMFILE, not EAGAIN, and nobody waits. */
static void out_of_descriptors_empty(const struct twin_run *run)
{
    struct twin t;
    watched_listener(run, &t, 8);
    for (int blocks = 0; blocks < 2; blocks++) {
        if (blocks)
            MUST(fcntl(t.fd, F_SETFL, 0));
        if (run->real)
            machine_limit_descriptors(0);
        op_accept(&t);
        if (run->real)
            machine_limit_descriptors(-1);
        op_poll(&t);
        op_edge(&t);
    }
    MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
    op_accept(&t);
    printf("\n");
}

enum { MEMORY_CLIENTS = 64 };

/* Accepts until it fails in the way that is meant: how depends on what there is just no memory for. */
static void accept_without_memory(const struct twin_run *run, const char *group)
{
    const char *wanted = strchr(run->event, '+') + 1;
    struct twin t;
    struct machine_glut glut;
    int accepted = -1, err = 0;
    watched_listener(run, &t, MEMORY_CLIENTS);
    for (int i = 0; i < MEMORY_CLIENTS; i++)
        connect_with_data(&t);
    op_edge(&t);
    machine_fill_memory(group, AF_UNIX, SOCK_STREAM, &glut);
    for (int i = 0, left = MEMORY_CLIENTS; i < 1000 && left > 2; i++) {
        accepted = accept(t.fd, NULL, NULL);
        err = errno;
        if (!group || (accepted < 0 && strcmp(strerrorname_np(err), wanted) == 0))
            break;
        if (accepted < 0)
            machine_relax(&glut, false);
        else if (left-- > 0)
            glut.taken[glut.count++] = accepted;
    }
    struct pollfd now = {.fd = t.fd, .events = TWIN_EVENTS};
    poll(&now, 1, 0);
    machine_relax(&glut, true);
    errno = err;
    twin_say("accept", accepted);
    twin_say_events("poll", (uint32_t)now.revents);
    op_edge(&t);
    op_level(&t);
    op_accept(&t);
    op_error(&t);
    printf("\n");
}

static void no_memory(const struct twin_run *run)
{
    machine_short_of_memory(run, accept_without_memory);
}

static twin_op *const listener_ops[] = {op_poll,   op_edge,     op_level,    op_error,
                                        op_select, op_peername, op_sockname, op_recv};
enum { LISTENER_OPS = sizeof listener_ops / sizeof *listener_ops };

/* At the end of each sequence what is queued is accepted: one connection. */
static void listener_sequence(struct twin *t, int depth, int i)
{
    for (; depth > 0; depth--, i /= LISTENER_OPS)
        listener_ops[i % LISTENER_OPS](t);
    op_accept(t);
    op_accept(t);
    op_close(t);
    printf("\n");
}

/* In the child: finds nothing to accept at first; takes one connection as soon as it is told to. Says so both
 * times. */
__attribute__((noreturn)) static void rival(int listener, int talk)
{
    char word = 0;
    if (accept(listener, NULL, NULL) >= 0 || write(talk, &word, 1) != 1 || read(talk, &word, 1) != 1)
        _exit(0);
    MUST(accept(listener, NULL, NULL));
    MUST(write(talk, &word, 1));
    (void)!read(talk, &word, 1);
    _exit(0);
}

/*
 * Another process that shares the listener took the connection that a wait had told of; then one more comes.
 * Injected, nobody takes the first.
 */
static void taken_by_another(const struct twin_run *run)
{
    static twin_op *const waits[] = {op_poll, op_select, op_level, op_edge};
    for (size_t first = 0; first < sizeof waits / sizeof *waits; first++)
        for (int i = 0; i < twin_sequences(LISTENER_OPS, run->depth); i++) {
            struct twin t;
            int talk[2];
            char word = 'x';
            watched_listener(run, &t, 8);
            MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, talk));
            fflush(stdout);
            pid_t child = fork();
            if (child == 0) {
                close(talk[0]);
                rival(t.fd, talk[1]);
            }
            close(talk[1]);
            MUST(read(talk[0], &word, 1));
            int client = connect_with_data(&t), other = -1;
            waits[first](&t);
            if (run->real) {
                MUST(write(talk[0], &word, 1));
                MUST(read(talk[0], &word, 1));
            }
            op_accept(&t);
            if (run->real)
                other = connect_with_data(&t);
            listener_sequence(&t, run->depth, i);
            close_both(talk);
            MUST(waitpid(child, NULL, 0));
            close(client);
            if (other >= 0)
                close(other);
            finish(&t);
        }
}

/* A blocking accept that nobody connects to in time; then somebody does, and is accepted. */
static void times_out(const struct twin_run *run)
{
    enum { TIMEOUT_MS = 40 };
    struct timeval timeout = {.tv_usec = TIMEOUT_MS * 1000};
    struct timespec before, after;
    for (int i = 0; i < LISTENER_OPS; i++) {
        struct twin t;
        start_listening(run, &t, 8);
        MUST(setsockopt(t.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
        twin_watch(&t);
        clock_gettime(CLOCK_MONOTONIC, &before);
        twin_say("accept", accept(t.fd, NULL, NULL));
        clock_gettime(CLOCK_MONOTONIC, &after);
        long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
        twin_say("early", ms < TIMEOUT_MS - 1);
        op_poll(&t);
        op_edge(&t);
        int client = connect_with_data(&t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        listener_sequence(&t, 1, i);
        close(client);
        finish(&t);
    }
}

TWIN_MAIN({"dead-on-arrival", dead_on_arrival}, {"out-of-descriptors", out_of_descriptors},
          {"nobody-yet", nobody_yet}, {"out-of-descriptors-empty", out_of_descriptors_empty},
          {"no-memory", no_memory}, {"taken-by-another", taken_by_another}, {"times-out", times_out})
