/* A connection that takes no more. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_FILL_H
#define SOCKFAULT_TESTS_CONFORMANCE_FILL_H

#include "tests/conformance/pairs.h"

#include <linux/tcp.h> /* <netinet/tcp.h> knows nothing of the window */
#include <sys/time.h>

/*
 * Takes up the peer's whole window. A rest of it, too small for the next segment, would be used after all
 * when the persist timer ends (200 ms later), and make room in a buffer that was full. Nothing is left
 * unacknowledged either, for that makes room as well when it is. A socket that is none of TCP has no window.
 */
static void pair_fill_window(int fd)
{
    static const char block[65536];
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    for (int i = 0; i < CHECK_DEADLINE_MS && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0; i++) {
        size_t window = info.tcpi_snd_wnd < sizeof block ? info.tcpi_snd_wnd : sizeof block;
        if (info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0)
            poll(NULL, 0, 1);
        else if (window == 0)
            return;
        else
            MUST(send(fd, block, window, MSG_DONTWAIT));
    }
    CHECK(info.tcpi_state == 0, "the window does not close");
}

/*
 * Sends until nothing more goes, not even to a call that waits a little: TCP has some room more for that one.
 * By a descriptor of its own, which no rule means.
 */
static void pair_fill(struct twin *t)
{
    static const char block[4096];
    struct timeval little = {.tv_usec = 10000}, none = {0};
    int went, fd;
    MUST(fd = dup(t->fd));
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){65536}, sizeof(int)));
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &little, sizeof little));
    pair_fill_window(fd);
    do {
        went = 0;
        while (send(fd, block, sizeof block, MSG_DONTWAIT) > 0)
            went++;
        MUST(fcntl(fd, F_SETFL, 0));
        went += send(fd, "x", 1, 0) > 0;
        MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
    } while (went > 0);
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none));
    MUST(close(fd));
}

#endif
