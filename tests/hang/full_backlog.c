/*
 * A connect that waits since the listener's backlog is full: everybody sleeps, and yet a timer of the
 * kernel's sends the SYN again until there is room. The client comes third; the server makes room when it is
 * told to, by a byte on the first connection, which the third party sends after a while that no clock of ours
 * knows of: a timer of the kernel's as well. full_backlog PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};
static int listener;

static int dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (void *)&address, sizeof address) < 0)
        return -1;
    return fd;
}

/* Takes what is queued, after the connect above has begun to wait: it sees that by the sixth connection's SYN
 * being dropped, which shows as a connect in another thread that does not return. */
static void *make_room(void *argument)
{
    int *waiting = argument;
    char byte;
    if (recv(*waiting, &byte, 1, 0) != 1)
        exit(1);
    for (int i = 0; i < 3; i++)
        if (accept(listener, NULL, NULL) < 0)
            exit(1);
    return NULL;
}

int main(int argc, char **argv)
{
    int pair[2], one = 1;
    pthread_t thread;
    if (argc != 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 2;
    address.sin_port = htons((uint16_t)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 1) < 0)
        return 1;
    if (dial() < 0 || dial() < 0) /* a backlog of one holds two */
        return 1;
    pthread_create(&thread, NULL, make_room, &pair[0]);
    /* Non-blocking, so that its SYN has been dropped before room is made. */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(fd, (void *)&address, sizeof address) == 0 || errno != EINPROGRESS)
        return 1;
    if (send(pair[1], "x", 1, 0) != 1)
        return 1;
    /* Now wait for it for ever: only the kernel's own timer ends this. */
    struct sockaddr_in peer;
    fd_set writable;
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    if (select(fd + 1, NULL, &writable, NULL, NULL) != 1)
        return 1;
    socklen_t len = sizeof peer;
    if (getpeername(fd, (void *)&peer, &len) < 0)
        return 1;
    pthread_join(thread, NULL);
    puts("connected");
    return 0;
}
