/*
 * A client for a server that sends frames back: length and sequence number, 32 bits each, then the payload.
 * The bug: after a short send it goes on with the right count, but from the beginning of the buffer.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    return fd;
}

static void send_all(int fd, const void *bytes, size_t length, int flags)
{
    size_t sent = 0;

    while (sent < length) {
        const char *from = FIXED ? (const char *)bytes + sent : bytes;
        ssize_t n = send(fd, from, length - sent, MSG_NOSIGNAL | flags);
        if (n < 0)
            err(1, "send");
        sent += (size_t)n;
    }
}

static void receive_all(int fd, void *bytes, size_t length)
{
    size_t used = 0;

    while (used < length) {
        ssize_t n = recv(fd, (char *)bytes + used, length - used, 0);
        if (n < 0)
            err(1, "recv");
        if (n == 0)
            errx(1, "the server closed the connection");
        used += (size_t)n;
    }
}

int main(int argc, char **argv)
{
    char payload[4096];

    if (argc != 3 || strlen(argv[2]) > sizeof payload)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    uint32_t length = (uint32_t)strlen(argv[2]);
    uint32_t header[2] = {htonl(length), htonl(1)};
    int fd = dial(argv[1]);

    send_all(fd, header, sizeof header, MSG_MORE);
    send_all(fd, argv[2], length, 0);
    receive_all(fd, header, sizeof header);
    if (ntohl(header[0]) != length || ntohl(header[1]) != 1)
        errx(1, "that is not the reply");
    receive_all(fd, payload, length);
    fwrite(payload, 1, length, stdout);
    putchar('\n');
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
