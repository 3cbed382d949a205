/*
 * connect over AF_UNIX that fails: it does so at once, whether it may block or not, and leaves the socket as
 * it was. VARIANT: unix (a stream), seqpacket, dgram.
 */
#include "tests/conformance/before.h"
#include "tests/conformance/machine.h"

#include <sys/time.h>
#include <time.h>

enum { BACKLOG_MOST = 16, TIMEOUT_MS = 30 };

static int type_of(const struct twin_run *run)
{
    if (strcmp(run->variant, "dgram") == 0)
        return SOCK_DGRAM;
    return strcmp(run->variant, "seqpacket") == 0 ? SOCK_SEQPACKET : SOCK_STREAM;
}

static struct twin take(const struct twin_run *run)
{
    struct twin t = {.peer = -1};
    take_socket(&t, AF_UNIX, type_of(run));
    MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
    t.own_len = sizeof t.own; /* compared whole, a name that it should not have, too */
    return t;
}

/* To somebody who is there, to begin with: datagrams may be sent elsewhere later. */
static int connect_before(const struct twin *t)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t len = sizeof name;
    int fd;
    MUST(fd = socket(AF_UNIX, SOCK_DGRAM, 0));
    MUST(bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)));
    MUST(getsockname(fd, (struct sockaddr *)&name, &len));
    MUST(connect(t->fd, (struct sockaddr *)&name, len));
    return fd;
}

static void say_connect(struct twin *t, const struct twin_run *run, int i)
{
    twin_watch(t);
    op_connect(t);
    twin_sequence(t, after_connect, AFTER_CONNECT, run->depth, i);
    finish(t);
}

/* A socket bound to a name of the kernel's choice, which is left in t->address. */
static int bind_some(int type, struct twin *t)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;
    MUST(fd = socket(AF_UNIX, type, 0));
    MUST(bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)));
    t->address_len = sizeof t->address;
    MUST(getsockname(fd, (struct sockaddr *)&t->address, &t->address_len));
    return fd;
}

/* Somebody has that name, and does not listen; injected, he does. */
static void nobody_listens(const struct twin_run *run)
{
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, run->depth); i++) {
        struct twin t = take(run);
        int other = bind_some(type_of(run), &t);
        if (!run->real)
            MUST(listen(other, 8));
        say_connect(&t, run, i);
        close(other);
    }
}

static void set_path(struct twin *t, const char *folder, const char *file)
{
    struct sockaddr_un *name = (struct sockaddr_un *)&t->address;
    t->address = (struct sockaddr_storage){.ss_family = AF_UNIX};
    snprintf(name->sun_path, sizeof name->sun_path, "%s/%s", folder, file);
    t->address_len = sizeof *name;
}

/* What is to be seen of a path; every sequence in the same folder. */
struct path_event {
    bool file_there, owner_there, right, other_type;
};

/* A socket at the path, with somebody who listens (or not, or who is gone). Returns it, or -1. */
static int bind_path(const struct twin_run *run, const struct twin *t, const struct path_event *event)
{
    const char *path = ((const struct sockaddr_un *)&t->address)->sun_path;
    int fd = -1;
    unlink(path);
    if (!event->file_there)
        return -1;
    int type = !event->other_type ? type_of(run) : type_of(run) == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM;
    MUST(fd = socket(AF_UNIX, type, 0));
    MUST(bind(fd, (const struct sockaddr *)&t->address, t->address_len));
    if (type != SOCK_DGRAM)
        MUST(listen(fd, 8));
    if (!event->owner_there) {
        close(fd);
        fd = -1;
    }
    MUST(chmod(path, event->right ? 0777 : 0));
    return fd;
}

/* All of it in a child that may become nobody. */
static void connect_to_path(const struct twin_run *run, const char *folder, const struct path_event *event)
{
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, run->depth); i++) {
        struct twin t = take(run);
        set_path(&t, folder, "name");
        int other = bind_path(run, &t, event), before = twin_has(run, "again") ? connect_before(&t) : -1;
        if (!event->right)
            MUST(geteuid() == 0 ? seteuid(NOBODY) : 0);
        say_connect(&t, run, i);
        if (!event->right)
            MUST(getuid() == 0 ? seteuid(0) : 0);
        if (before >= 0)
            close(before);
        if (other >= 0)
            close(other);
    }
}

/* For real as the event says; injected, somebody listens there. */
static void path_case(const struct twin_run *run, struct path_event real)
{
    char folder[] = "/tmp/sockfault-twin-XXXXXX", path[64];
    struct path_event event = run->real ? real : (struct path_event){true, true, true, false};
    MUST(mkdtemp(folder) ? 0 : -1);
    MUST(chmod(folder, 0755));
    connect_to_path(run, folder, &event);
    snprintf(path, sizeof path, "%s/name", folder);
    unlink(path);
    rmdir(folder);
}

static void file_left(const struct twin_run *run)
{
    path_case(run, (struct path_event){true, false, true, false});
}

static void no_file(const struct twin_run *run)
{
    path_case(run, (struct path_event){false, false, true, false});
}

static void no_right(const struct twin_run *run)
{
    if (run->real)
        machine_need_nobody();
    path_case(run, (struct path_event){true, true, false, false});
}

/* By an abstract name one finds only sockets of the same type; by a path, any. */
static void other_type(const struct twin_run *run)
{
    path_case(run, (struct path_event){true, true, true, true});
}

/* Connects until there is no room. Returns how many there are. */
static int fill_backlog(const struct twin_run *run, const struct twin *t, int clients[BACKLOG_MOST])
{
    int count = 0;
    while (count < BACKLOG_MOST) {
        MUST(clients[count] = socket(AF_UNIX, type_of(run) | SOCK_NONBLOCK, 0));
        if (connect(clients[count++], (const struct sockaddr *)&t->address, t->address_len) < 0)
            break;
    }
    return count;
}

static void set_timeout(int fd)
{
    struct timeval timeout = {.tv_usec = TIMEOUT_MS * 1000};
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
    MUST(fcntl(fd, F_SETFL, 0));
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The backlog is full (then, with a timeout, there is room again, and the second connect succeeds). */
static void full(const struct twin_run *run)
{
    bool timeout = twin_has(run, "timeout");
    int count = timeout ? AFTER_CONNECT : twin_sequences(AFTER_CONNECT, run->depth);
    for (int i = 0; i < count; i++) {
        struct twin t = take(run);
        int clients[BACKLOG_MOST], n = 0, listener = bind_some(type_of(run), &t);
        MUST(listen(listener, 1));
        if (run->real)
            n = fill_backlog(run, &t, clients);
        if (timeout)
            set_timeout(t.fd);
        twin_watch(&t);
        long began = now_ms();
        op_connect(&t);
        if (timeout) {
            twin_say("early", now_ms() - began < TIMEOUT_MS - 1);
            op_poll(&t);
            MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
            while (accept(listener, NULL, NULL) >= 0) {
            }
            MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
            op_connect(&t);
        }
        twin_op *const *last = &after_connect[i % AFTER_CONNECT];
        if (timeout && *last != op_connect)
            (*last)(&t);
        twin_sequence(&t, after_connect, AFTER_CONNECT, timeout ? 0 : run->depth, i);
        finish(&t);
        while (n > 0)
            close(clients[--n]);
        close(listener);
    }
}

enum { MEMORY_CLIENTS = 128, MEMORY_LACKS = 16 };

/* What the listener keeps for each of its connections is what there is no memory for. */
static void connect_without_memory(const struct twin_run *run, const char *group)
{
    struct twin t = take(run);
    struct machine_glut glut;
    int clients[MEMORY_CLIENTS], listener = bind_some(type_of(run), &t);
    MUST(listen(listener, 2 * MEMORY_CLIENTS));
    for (int i = 0; i < MEMORY_CLIENTS; i++)
        MUST(clients[i] = socket(AF_UNIX, type_of(run) | SOCK_NONBLOCK, 0));
    twin_watch(&t);
    machine_fill_memory(group, AF_UNIX, type_of(run), &glut);
    for (int i = 0, lacks = 0; group && i < MEMORY_CLIENTS && lacks < MEMORY_LACKS; i++)
        lacks = connect(clients[i], (struct sockaddr *)&t.address, t.address_len) < 0 ? lacks + 1 : 0;
    int result = connect(t.fd, (struct sockaddr *)&t.address, t.address_len), err = errno;
    machine_relax(&glut, true);
    errno = err;
    twin_say("connect", result);
    op_poll(&t);
    op_edge(&t);
    op_level(&t);
    op_error(&t);
    op_peername(&t);
    op_sockname(&t);
    twin_sequence(&t, after_connect, AFTER_CONNECT, 0, 0);
    finish(&t);
}

static void no_memory(const struct twin_run *run)
{
    machine_short_of_memory(run, connect_without_memory);
}

TWIN_MAIN({"nobody-listens", nobody_listens}, {"other-type", other_type}, {"file-left", file_left},
          {"no-file", no_file}, {"no-right", no_right}, {"full", full}, {"no-memory", no_memory})
