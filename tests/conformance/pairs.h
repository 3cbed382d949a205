/* Connections of every kind, both ends in this process: fd the program's, peer the other's. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_PAIRS_H
#define SOCKFAULT_TESTS_CONFORMANCE_PAIRS_H

#include "tests/conformance/twin.h"

#include <arpa/inet.h>

struct pair_kind {
    const char *name;
    int domain, type;
};

static const struct pair_kind pair_kinds[] = {
    {"tcp4", AF_INET, SOCK_STREAM},
    {"tcp6", AF_INET6, SOCK_STREAM},
    {"unix", AF_UNIX, SOCK_STREAM},
    {"seqpacket", AF_UNIX, SOCK_SEQPACKET},
};

/* The kind that is called so; ends the program when there is none. */
static const struct pair_kind *pair_kind(const char *name)
{
    for (size_t i = 0; i < sizeof pair_kinds / sizeof *pair_kinds; i++)
        if (strcmp(pair_kinds[i].name, name) == 0)
            return &pair_kinds[i];
    printf("# no such kind: %s\n", name);
    exit(CHECK_FAILED);
}

static socklen_t pair_listener_name(const struct pair_kind *kind, struct sockaddr_storage *name)
{
    struct sockaddr_in *in = (struct sockaddr_in *)name;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)name;
    *name = (struct sockaddr_storage){.ss_family = (sa_family_t)kind->domain};
    if (kind->domain == AF_UNIX)
        return sizeof(sa_family_t); /* the kernel finds an abstract name */
    if (kind->domain == AF_INET) {
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof *in;
    }
    in6->sin6_addr = in6addr_loopback;
    return sizeof *in6;
}

/* One for all connections of a run: a port each would be many. */
static int pair_listen(const struct pair_kind *kind)
{
    int listener;
    struct sockaddr_storage name;
    socklen_t len = pair_listener_name(kind, &name);
    MUST(listener = socket(kind->domain, kind->type | SOCK_NONBLOCK, 0));
    MUST(bind(listener, (struct sockaddr *)&name, len));
    MUST(listen(listener, 8));
    return listener;
}

/* The program's end, not yet connected. */
static void pair_socket(const struct pair_kind *kind, int listener, struct twin *t)
{
    int fd;
    *t = (struct twin){.address_len = sizeof t->address, .own_len = sizeof t->own};
    MUST(getsockname(listener, (struct sockaddr *)&t->address, &t->address_len));
    MUST(fd = socket(kind->domain, kind->type, 0));
    MUST(t->fd = dup2(fd, TWIN_FD));
    MUST(close(fd));
}

static void pair_join(int listener, struct twin *t)
{
    MUST(connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
    /* The handshake's last part may be on its way. A wait for it would be one more that rules are about. */
    do
        t->peer = accept(listener, NULL, NULL);
    while (t->peer < 0 && errno == EAGAIN);
    MUST(t->peer);
    MUST(getsockname(t->fd, (struct sockaddr *)&t->own, &t->own_len));
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK)); /* no sequence may hang */
    twin_watch(t);
}

__attribute__((unused)) static void pair_connect(const struct pair_kind *kind, int listener, struct twin *t)
{
    pair_socket(kind, listener, t);
    pair_join(listener, t);
}

static void pair_end(struct twin *t)
{
    close(t->edge);
    close(t->level);
    if (t->peer >= 0)
        close(t->peer);
}

#endif
