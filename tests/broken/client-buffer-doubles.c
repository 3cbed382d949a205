/*
 * A client for a server that sends lines back.
 * The bug: when there is no end of line yet the buffer is doubled, however little has come. At the end of
 * file nothing comes any more, and the client asks for memory as long as there is some.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

struct text {
    char *bytes;
    size_t used, size;
};

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    return fd;
}

static void send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0)
            err(1, "send");
        bytes += n;
        length -= (size_t)n;
    }
}

/* Room that is written to, so that what the machine has is used up. */
static void grow(struct text *text)
{
    size_t size = text->size == 0 ? 64 : 2 * text->size;

    if (size > (size_t)1 << 34) /* bounds it even where nobody watches */
        errx(1, "the reply is too long");
    text->bytes = realloc(text->bytes, size);
    if (text->bytes == NULL)
        err(1, "grow");
    memset(text->bytes + text->size, 0, size - text->size);
    text->size = size;
}

static void receive_line(int fd, struct text *line)
{
    while (line->used == 0 || line->bytes[line->used - 1] != '\n') {
        if (!FIXED || line->used == line->size)
            grow(line);
        ssize_t n = recv(fd, line->bytes + line->used, line->size - line->used, 0);
        if (n < 0)
            err(1, "recv");
        if (FIXED && n == 0)
            errx(1, "the server closed the connection");
        line->used += (size_t)n;
    }
}

int main(int argc, char **argv)
{
    char *request;
    struct text reply = {0};

    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    int length = asprintf(&request, "%s\n", argv[2]);
    if (length < 0)
        err(1, "start");
    int fd = dial(argv[1]);

    send_all(fd, request, (size_t)length);
    receive_line(fd, &reply);
    fwrite(reply.bytes, 1, reply.used, stdout);
    free(request);
    free(reply.bytes);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
