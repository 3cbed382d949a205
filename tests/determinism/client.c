/*
 * A client with 8 threads and 200 connections, all alike, for the reference server (frames).
 *
 *   client PORT stream|dgram
 *
 * Each connection sends five messages and reads as much back. It prints what each of them saw, "200 OK" in
 * the end.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 8, CONNECTIONS = 25 /* of each thread */, EXCHANGES = 5, MESSAGE = 13 };

struct errand {
    pthread_t thread;
    struct sockaddr_in server;
    int type;
    unsigned long seen[CONNECTIONS];
};

/* As often as it is refused. Without checksums damage is seen, not discarded. */
static int dial(const struct errand *errand)
{
    int on = 1;
    for (;;) {
        int fd = socket(AF_INET, errand->type | SOCK_CLOEXEC, 0);
        if (fd < 0 ||
            (errand->type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) < 0))
            err(1, "socket");
        if (connect(fd, (const struct sockaddr *)&errand->server, sizeof errand->server) == 0)
            return fd;
        if (errno != ECONNREFUSED)
            err(1, "connect");
        close(fd);
    }
}

/* What was seen is what each receive gave, and how much. */
static unsigned long exchange(int fd, unsigned char number, unsigned long seen)
{
    unsigned char message[MESSAGE] = {[3] = 5, [7] = number, [8] = 'h', 'e', 'l', 'l', 'o'};
    for (size_t sent = 0; sent < MESSAGE;) {
        ssize_t n = send(fd, message + sent, MESSAGE - sent, MSG_NOSIGNAL);
        if (n < 0)
            err(1, "send");
        sent += (size_t)n;
    }
    for (size_t got = 0; got < MESSAGE;) {
        ssize_t n = recv(fd, message + got, MESSAGE - got, 0);
        if (n <= 0)
            err(1, "recv");
        seen = seen * 31 + (unsigned long)n;
        for (ssize_t i = 0; i < n; i++)
            seen = seen * 31 + message[got + (size_t)i];
        got += (size_t)n;
    }
    return seen;
}

static void *run(void *context)
{
    struct errand *errand = context;
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = dial(errand);
        for (unsigned char k = 1; k <= EXCHANGES; k++)
            errand->seen[i] = exchange(fd, k, errand->seen[i]);
        close(fd);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct errand errands[THREADS];
    if (argc != 3)
        errx(2, "usage: %s PORT stream|dgram", argv[0]);
    for (int i = 0; i < THREADS; i++) {
        errands[i] =
            (struct errand){.server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))},
                            .type = strcmp(argv[2], "dgram") == 0 ? SOCK_DGRAM : SOCK_STREAM};
        errands[i].server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (pthread_create(&errands[i].thread, NULL, run, &errands[i]) != 0)
            errx(1, "no thread");
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(errands[i].thread, NULL);
        for (int k = 0; k < CONNECTIONS; k++)
            printf("saw %lx\n", errands[i].seen[k]);
    }
    printf("%d OK\n", THREADS * CONNECTIONS);
    return 0;
}
