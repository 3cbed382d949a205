/*
 * A client for a server that sends lines back. Each receive is noted in a file, if somebody made one; SIGUSR1
 * has a handler that does not restart the call it interrupts.
 * The bug: errno is looked at after the note was written, when it may be that of another call.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static void on_usr1(int number)
{
    static const char text[] = "still here\n";

    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return;
}

static void note(ssize_t n)
{
    int fd = open("client-debug.log", O_WRONLY | O_APPEND | O_CLOEXEC);

    if (fd >= 0) {
        dprintf(fd, "recv: %zd\n", n);
        close(fd);
    }
}

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
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err(1, "send");
        bytes += n;
        length -= (size_t)n;
    }
}

static size_t receive_line(int fd, char *line, size_t size)
{
    size_t used = 0;

    while (used == 0 || line[used - 1] != '\n') {
        if (used == size)
            errx(1, "the reply is too long");
        ssize_t n = recv(fd, line + used, size - used, 0);
        int error = errno;
        note(n);
        if (FIXED)
            errno = error;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err(1, "recv");
        if (n == 0)
            errx(1, "the server closed the connection");
        used += (size_t)n;
    }
    return used;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_usr1};
    char *request, reply[4096];

    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    int length = asprintf(&request, "%s\n", argv[2]);
    int fd = dial(argv[1]);
    if (length < 0 || sigaction(SIGUSR1, &action, NULL) < 0)
        err(1, "start");

    send_all(fd, request, (size_t)length);
    fwrite(reply, 1, receive_line(fd, reply, sizeof reply), stdout);
    free(request);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
