/*
 * A client for a server that sends lines back. It prints what comes as it comes.
 * The bug: the result of receive is used as an index before it is looked at. When it is -1, the zero goes in
 * front of the buffer, and the piece before is printed once more.
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

struct session {
    int fd;
    char piece[4096];
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

static void print_line(struct session *s)
{
    do {
        ssize_t n = recv(s->fd, s->piece, sizeof s->piece - 1, 0);
        if (FIXED && n < 0)
            err(1, "recv");
        s->piece[n] = '\0';
        fputs(s->piece, stdout);
        if (n == 0)
            errx(1, "the server closed the connection");
    } while (strchr(s->piece, '\n') == NULL);
}

int main(int argc, char **argv)
{
    static struct session session;
    char *request;

    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    int length = asprintf(&request, "%s\n", argv[2]);
    if (length < 0)
        err(1, "start");
    session.fd = dial(argv[1]);

    send_all(session.fd, request, (size_t)length);
    print_line(&session);
    free(request);
    close(session.fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
