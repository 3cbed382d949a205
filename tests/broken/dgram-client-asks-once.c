/*
 * A client for a UDP server that sends datagrams back: length and sequence number, 32 bits each, then the
 * payload.
 * The bug: it asks once. A datagram that is lost is lost: who asked must ask again.
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

enum { TRIES = FIXED ? 10 : 1, PATIENCE = 200 /* ms */ };

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

static void ask(int fd, uint32_t sequence, const char *text)
{
    struct datagram request = {.sequence = htonl(sequence), .length = htonl((uint32_t)strlen(text))};

    memcpy(request.payload, text, strlen(text));
    if (send(fd, &request, HEADER + strlen(text), 0) < 0)
        err(1, "send");
}

/* Returns the length of the reply's payload; 0 when none came in time. */
static size_t receive_reply(int fd, struct datagram *reply)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    while (poll(&watched, 1, PATIENCE) > 0) {
        ssize_t n = recv(fd, reply, sizeof *reply, 0);
        if (n < 0)
            err(1, "recv");
        if (n > HEADER && ntohl(reply->length) == (size_t)n - HEADER)
            return (size_t)n - HEADER;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct datagram reply;
    size_t got = 0;

    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    int fd = dial(argv[1]);

    for (int i = 0; i < TRIES && got == 0; i++) {
        ask(fd, 1, argv[2]);
        got = receive_reply(fd, &reply);
    }
    if (got == 0)
        errx(1, "no reply");
    printf("%.*s\n", (int)got, reply.payload);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
