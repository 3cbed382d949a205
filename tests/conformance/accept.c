/* What accept meets: a client that is gone already, a limit of descriptors. */
#include "tests/conformance/before.h"

#include <sys/resource.h>

static void reset_now(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now));
    MUST(close(fd));
}

/* The client resets while it waits to be accepted. */
static void dead_on_arrival(const struct twin_run *run)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 8);
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, run->depth); i++) {
        struct twin t = {
            .peer = connect_client(&name), .own_len = sizeof t.own, .address_len = sizeof t.address};
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
}

/* The limit is reached for real by lowering it to the next number. */
static void limit_descriptors(const struct twin_run *run, bool on)
{
    static struct rlimit before;
    struct rlimit now;
    int next;
    if (!run->real)
        return;
    if (on) {
        MUST(getrlimit(RLIMIT_NOFILE, &before));
        MUST(next = dup(0));
        close(next);
        now = before;
        now.rlim_cur = (rlim_t)next;
    }
    MUST(setrlimit(RLIMIT_NOFILE, on ? &now : &before));
}

static void op_accept(struct twin *t)
{
    int fd = accept(t->fd, NULL, NULL);
    twin_say("accept", fd < 0 ? -1 : 0);
    if (fd < 0)
        return;
    char buf[8];
    twin_say("its data", recv(fd, buf, sizeof buf, 0));
    close(fd);
}

static void watched_listener(struct twin *t, struct sockaddr_in *name)
{
    t->fd = make_listener(name, 8);
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK));
    twin_watch(t);
}

static void out_of_descriptors(const struct twin_run *run)
{
    struct sockaddr_in name;
    struct twin t = {.peer = -1};
    int clients[2];
    watched_listener(&t, &name);
    for (int i = 0; i < 2; i++) {
        clients[i] = connect_client(&name);
        MUST(send(clients[i], "hello", 5, 0));
        op_edge(&t);
        limit_descriptors(run, true);
        op_accept(&t); /* the connection stays queued: level tells of it, edge does not */
        op_poll(&t);
        op_level(&t);
        op_edge(&t);
        limit_descriptors(run, false);
    }
    op_accept(&t);
    op_accept(&t);
    op_accept(&t);
    op_level(&t);
    printf("\n");
}

/* The descriptor is wanted before the queue is looked at: EMFILE, not EAGAIN. */
static void out_of_descriptors_empty(const struct twin_run *run)
{
    struct sockaddr_in name;
    struct twin t = {.peer = -1};
    watched_listener(&t, &name);
    limit_descriptors(run, true);
    op_accept(&t);
    limit_descriptors(run, false);
    op_accept(&t);
    printf("\n");
}

TWIN_MAIN({"dead-on-arrival", dead_on_arrival}, {"out-of-descriptors", out_of_descriptors},
          {"out-of-descriptors-empty", out_of_descriptors_empty})
