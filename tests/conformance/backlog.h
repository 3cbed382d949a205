/* A listener that takes no more connections. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_BACKLOG_H
#define SOCKFAULT_TESTS_CONFORMANCE_BACKLOG_H

#include "tests/conformance/twin.h"

#include <linux/tcp.h>

enum { BACKLOG_MAX = 16 };

/* Whether a TCP listener has as many as that to be accepted, which the kernel counts a moment after they are
 * connected; *full: one more would be ignored. */
static bool backlog_has(int listener, unsigned int count, bool *full)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    MUST(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &len));
    *full = info.tcpi_unacked > info.tcpi_sacked; /* what these are of a listener: tcp_get_info() */
    return info.tcpi_unacked >= count;
}

/* Connections nobody accepts, until one more would have to wait, for TCP or AF_UNIX. The others are -1. */
static void backlog_fill(int listener, int type, const struct sockaddr_storage *name, socklen_t len,
                         int clients[BACKLOG_MAX])
{
    bool full = false;
    for (int i = 0; i < BACKLOG_MAX; i++)
        clients[i] = -1;
    for (int i = 0; i < BACKLOG_MAX && !full; i++) {
        MUST(clients[i] = socket(name->ss_family, type | SOCK_NONBLOCK, 0));
        int failed = connect(clients[i], (const struct sockaddr *)name, len);
        if (name->ss_family == AF_UNIX) {
            full = failed && errno == EAGAIN;
            continue;
        }
        CHECK(wait_for(clients[i], POLLOUT), "not connected");
        for (int ms = 0; ms < CHECK_DEADLINE_MS && !backlog_has(listener, (unsigned int)i + 1, &full); ms++)
            poll(NULL, 0, 1);
    }
    CHECK(full, "there is always room for one more");
}

#endif
