/*
 * A line server whose port is written into it, without SO_REUSEADDR, and that closes each connection first.
 * As its arguments say it leaves things behind, and is killed by SIGABRT where it finds them:
 *
 *     leaves LOG [thread] [daemon] [segment] [queue] [abstract] [file]
 *
 * Its pid is appended to LOG. A thread comes from a constructor. The daemon outlives it, with a port of its
 * own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT = 4711, DAEMON_PORT = 4712, KEY = 4711 };

static _Noreturn void refuse(const char *what)
{
    perror(what);
    abort();
}

static int listen_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0)
        refuse("port");
    return fd;
}

static void *idle(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
    pthread_t thread;
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "thread") == 0)
            pthread_create(&thread, NULL, idle, NULL);
}

/* Twice forked, in a session of its own: nobody's child. */
static void leave_daemon(void)
{
    int fds[2];
    char byte;
    if (pipe(fds) < 0)
        refuse("pipe");
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        listen_at(DAEMON_PORT);
        if (write(fds[1], "", 1) == 1)
            idle(NULL);
    }
    close(fds[1]);
    if (read(fds[0], &byte, 1) != 1)
        exit(9);
    close(fds[0]);
}

static void leave_abstract(void)
{
    static const char name[] = "\0leaves";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, sizeof name - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof name - 1)) < 0)
        refuse("abstract");
    if (fork() == 0) { /* somebody keeps it */
        setsid();
        idle(NULL);
    }
}

static void leave(const char *what)
{
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 16};
    if (strcmp(what, "daemon") == 0)
        leave_daemon();
    else if (strcmp(what, "abstract") == 0)
        leave_abstract();
    else if (strcmp(what, "segment") == 0 && shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600) < 0)
        refuse("segment");
    else if (strcmp(what, "queue") == 0 &&
             mq_open("/leaves", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes) < 0)
        refuse("queue");
    else if (strcmp(what, "file") == 0 && open("leaves", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0)
        refuse("file");
}

static void serve(int listener)
{
    char line[64];
    size_t len = 0;
    ssize_t got;
    int fd = accept(listener, NULL, NULL);
    while (fd >= 0 && len < sizeof line && (got = recv(fd, line + len, sizeof line - len, 0)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        len += got > 0 ? (size_t)got : 0;
        if (len > 0 && line[len - 1] == '\n')
            break;
    }
    for (size_t sent = 0; fd >= 0 && sent<len; sent += got> 0 ? (size_t)got : 0) {
        got = send(fd, line + sent, len - sent, MSG_NOSIGNAL);
        if (got < 0 && errno != EINTR)
            break;
    }
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    FILE *log = argc > 1 ? fopen(argv[1], "ae") : NULL;
    if (log == NULL)
        refuse("log");
    fprintf(log, "%ld\n", (long)getpid());
    fclose(log);
    int listener = listen_at(PORT);
    for (int i = 2; i < argc; i++)
        leave(argv[i]);
    for (;;)
        serve(listener);
}
