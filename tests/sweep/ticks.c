/*
 * A line server that looks after something every tenth of a second: it opens a socket and closes it at once.
 * So whenever it is looked at what it has open, it may be in the middle of that.
 *
 *     ticks PORT
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK_MS = 100 };

static int listen_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0)
        err(1, "port");
    return fd;
}

static void serve(int fd)
{
    char line[256];
    ssize_t count = recv(fd, line, sizeof line, 0);
    if (count > 0)
        send(fd, line, (size_t)count, MSG_NOSIGNAL);
    close(fd);
}

static void look_after(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    struct pollfd polled = {.events = POLLIN};
    polled.fd = listen_at(argc > 1 ? atoi(argv[1]) : 0);
    for (;;) {
        int fd = poll(&polled, 1, TICK_MS) > 0 ? accept(polled.fd, NULL, NULL) : -1;
        if (fd >= 0)
            serve(fd);
        else
            look_after();
    }
}
