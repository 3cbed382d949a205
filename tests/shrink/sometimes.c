/*
 * A client for a server that sends lines back, which notes in FILE that it ran.
 * The bug: in the first and then in every EVERY-th run, what one receive gives is taken for the whole reply.
 * From run SLEEPS on it sleeps for a minute before it ends.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often it has run, this time included. */
static long count_run(const char *path)
{
    struct stat facts;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd < 0 || write(fd, ".", 1) != 1 || fstat(fd, &facts) < 0)
        err(2, "%s", path);
    close(fd);
    return (long)facts.st_size;
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

static size_t receive_reply(int fd, char *line, size_t size, bool bug)
{
    size_t used = 0;

    do {
        ssize_t n = recv(fd, line + used, size - used, 0);
        if (n <= 0)
            err(1, "recv");
        used += (size_t)n;
    } while (!bug && line[used - 1] != '\n');
    return used;
}

int main(int argc, char **argv)
{
    char reply[64] = "";

    if (argc != 5)
        errx(2, "usage: %s PORT FILE EVERY SLEEPS", argv[0]);
    long run = count_run(argv[2]);
    int fd = dial(argv[1]);
    if (send(fd, "hello\n", 6, MSG_NOSIGNAL) != 6)
        err(1, "send");
    fwrite(reply, 1, receive_reply(fd, reply, sizeof reply, (run - 1) % atol(argv[3]) == 0), stdout);
    if (run >= atol(argv[4]))
        sleep(60);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
