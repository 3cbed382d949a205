/*
 * A client for a server that sends lines back, whose second thread does all that is said, while a third one
 * waits for it. The bug: one read is not one line. client-threads PORT MESSAGE
 */
#include <arpa/inet.h>
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char reply[4096];
static size_t got;

static size_t receive_reply(int fd)
{
    ssize_t n = recv(fd, reply, sizeof reply, 0);
    if (n <= 0)
        err(1, "recv");
    return (size_t)n;
}

static void *ask(void *arguments)
{
    char **words = arguments;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    char *request = malloc(strlen(words[2]) + 2);
    if (request == NULL)
        err(1, "start");
    size_t length = (size_t)sprintf(request, "%s\n", words[2]);
    if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
        err(1, "send");
    free(request);
    size_t count = receive_reply(fd);
    close(fd);
    pthread_mutex_lock(&lock);
    got = count;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *print(void *nothing)
{
    pthread_mutex_lock(&lock);
    while (got == 0)
        pthread_cond_wait(&changed, &lock);
    fwrite(reply, 1, got, stdout);
    pthread_mutex_unlock(&lock);
    return nothing;
}

int main(int argc, char **argv)
{
    pthread_t asking, printing;

    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    if (pthread_create(&asking, NULL, ask, argv) != 0 || pthread_create(&printing, NULL, print, NULL) != 0)
        errx(1, "no thread can be had");
    pthread_join(asking, NULL);
    pthread_join(printing, NULL);
    return fflush(stdout) == 0 ? 0 : 1;
}
