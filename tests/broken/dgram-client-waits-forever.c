/*
 * A client for a UDP server that sends datagrams back: length and sequence number, 32 bits each, then the
 * payload.
 * The bug: it waits for the reply without limit. A datagram may be lost: who asked must ask again.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

enum { TRIES = 10, PATIENCE = 100 /* ms */ };

struct datagram {
    uint32_t length, sequence; /* in network order */
    char payload[1024];
};
enum { HEADER = offsetof(struct datagram, payload) };

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    return fd;
}

/* Returns the length of the reply's payload; 0 when none came in time. */
static size_t ask(int fd, const struct datagram *request, size_t length, struct datagram *reply)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    if (send(fd, request, HEADER + length, 0) < 0)
        err(1, "send");
    for (;;) {
        int ready = poll(&watched, 1, FIXED ? PATIENCE : -1);
        if (ready < 0)
            err(1, "poll");
        if (ready == 0)
            return 0;
        ssize_t n = recv(fd, reply, sizeof *reply, 0);
        if (n < 0)
            err(1, "recv");
        /* Anything else is not the reply to this: wait on. */
        if (n > HEADER && reply->sequence == request->sequence && ntohl(reply->length) == (size_t)n - HEADER)
            return (size_t)n - HEADER;
    }
}

int main(int argc, char **argv)
{
    struct datagram request = {.sequence = htonl(1)}, reply;
    size_t length = argc == 3 ? strlen(argv[2]) : 0, got = 0;

    if (length == 0 || length > sizeof request.payload)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    memcpy(request.payload, argv[2], length);
    request.length = htonl((uint32_t)length);
    int fd = dial(argv[1]);

    for (int i = 0; i < TRIES && got == 0; i++)
        got = ask(fd, &request, length, &reply);
    if (got == 0)
        errx(1, "no reply");
    fwrite(reply.payload, 1, got, stdout);
    putchar('\n');
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
