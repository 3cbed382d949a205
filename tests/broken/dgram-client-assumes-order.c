/*
 * A client for a UDP server that sends datagrams back: length and sequence number, 32 bits each, then the
 * payload.
 * The bug: it asks twice and takes for granted that the first reply is the one to the first request.
 * Datagrams may overtake each other.
 */
#include <arpa/inet.h>
#include <err.h>
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

enum { REQUESTS = 2 };

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

/* Nothing is lost in this story. */
static void receive_reply(int fd, struct datagram *replies, int nth)
{
    struct datagram reply;
    ssize_t n = recv(fd, &reply, sizeof reply, 0);

    if (n < HEADER || ntohl(reply.length) != (size_t)n - HEADER || ntohl(reply.sequence) >= REQUESTS)
        errx(1, "no reply");
    replies[FIXED ? (int)ntohl(reply.sequence) : nth] = reply;
}

int main(int argc, char **argv)
{
    struct datagram replies[REQUESTS];

    if (argc != 2 + REQUESTS)
        errx(2, "usage: %s PORT MESSAGE MESSAGE", argv[0]);
    int fd = dial(argv[1]);

    for (int i = 0; i < REQUESTS; i++)
        ask(fd, (uint32_t)i, argv[2 + i]);
    for (int i = 0; i < REQUESTS; i++)
        receive_reply(fd, replies, i);
    for (int i = 0; i < REQUESTS; i++)
        printf("%.*s\n", (int)ntohl(replies[i].length), replies[i].payload);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
