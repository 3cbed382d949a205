/*
 * A client for a UDP server that sends datagrams back: length and sequence number, 32 bits each, then the
 * payload.
 * The bug: whatever comes is taken for the reply to what was asked last. A datagram may come twice, and then
 * the second is taken for the reply to the next request.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdbool.h>
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

enum { TRIES = 10, PATIENCE = 200 /* ms */ };

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

/* Whether a reply came in time. */
static bool receive_reply(int fd, uint32_t sequence, struct datagram *reply)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    while (poll(&watched, 1, PATIENCE) > 0) {
        ssize_t n = recv(fd, reply, sizeof *reply, 0);
        if (n < 0)
            err(1, "recv");
        if (n < HEADER || ntohl(reply->length) != (size_t)n - HEADER)
            continue;
        if (!FIXED || ntohl(reply->sequence) == sequence)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct datagram reply;

    if (argc < 3)
        errx(2, "usage: %s PORT MESSAGE...", argv[0]);
    int fd = dial(argv[1]);

    for (int i = 2; i < argc; i++) {
        bool came = false;
        for (int tries = 0; tries < TRIES && !came; tries++) {
            ask(fd, (uint32_t)i, argv[i]);
            came = receive_reply(fd, (uint32_t)i, &reply);
        }
        if (!came)
            errx(1, "no reply");
        printf("%.*s\n", (int)ntohl(reply.length), reply.payload);
    }
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
