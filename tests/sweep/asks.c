/*
 * A client that goes on where time cannot be virtual once something has gone wrong:
 *
 *     asks PORT
 *
 * It sends a line and prints the one that comes back. A send that fails is its end. Where no line comes it
 * waits for a lock with a timeout, which the shim does not advance, so that its experiment is run anew in
 * real time.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char line[] = "hello\n";

/* It has the lock itself. */
static void lock_with_a_timeout(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&lock);
    pthread_mutex_timedlock(&lock, &until);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "0")),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char answer[sizeof line];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return 1;
    if (send(fd, line, sizeof line - 1, MSG_NOSIGNAL) != (ssize_t)sizeof line - 1)
        return 1;
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got <= 0) {
        lock_with_a_timeout();
        return 1;
    }
    fwrite(answer, 1, (size_t)got, stdout);
    close(fd);
    return 0;
}
