/* Waits for what will never come, in the way that is asked for. */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int bound(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, type, 0);
    if (bind(fd, (const void *)&address, sizeof address) < 0)
        err(1, "bind");
    return fd;
}

static void accepts(void)
{
    int fd = bound(SOCK_STREAM);
    listen(fd, 1);
    accept(fd, NULL, NULL); /* accept */
}

static void datagram(void)
{
    char byte;
    recv(bound(SOCK_DGRAM), &byte, 1, 0); /* datagram */
}

static void reads_pipe(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) < 0)
        err(1, "pipe");
    (void)!read(ends[0], &byte, 1); /* pipe */
}

static void writes_pipe(void)
{
    static char much[1 << 20];
    int ends[2];
    if (pipe(ends) < 0)
        err(1, "pipe");
    (void)!write(ends[1], much, sizeof much); /* full-pipe */
}

static void opens_fifo(void)
{
    if (mkfifo("alone", 0600) < 0)
        err(1, "mkfifo");
    open("alone", O_RDONLY); /* fifo */
}

static void waits_for_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigsuspend(&set); /* signal */
}

static void locks_file(void)
{
    int fd = open("lock", O_RDWR | O_CREAT, 0600);
    flock(fd, LOCK_EX);
    flock(open("lock", O_RDWR), LOCK_EX); /* flock */
}

/* Each has one and wants the other's. */
static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

static void *takes(void *first)
{
    pthread_mutex_t *mine = first, *other = &locks[mine == &locks[0]];
    pthread_mutex_lock(mine);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(other); /* locks */
    return NULL;
}

static void two_locks(void)
{
    pthread_t threads[2];
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, takes, &locks[i]);
    pthread_join(threads[0], NULL);
}

/* Two ask each other over TCP, and neither answers. */
static void both_receive(void)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int listener = bound(SOCK_STREAM);
    char byte;
    if (listen(listener, 1) < 0 || getsockname(listener, (void *)&address, &len) < 0)
        err(1, "listen");
    pid_t pid = fork();
    int fd = pid == 0 ? socket(AF_INET, SOCK_STREAM, 0) : accept(listener, NULL, NULL);
    if (pid == 0 && connect(fd, (void *)&address, sizeof address) < 0)
        err(1, "connect");
    send(fd, "hello", 5, 0);
    recv(fd, (char[5]){0}, 5, MSG_WAITALL);
    recv(fd, &byte, 1, 0); /* both-receive */
}

static void stopped(void)
{
    pid_t pid = fork();
    if (pid == 0)
        raise(SIGSTOP);
    waitpid(pid, NULL, 0); /* stopped */
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*way)(void);
    } ways[] = {
        {"accept", accepts},        {"datagram", datagram}, {"pipe", reads_pipe},
        {"full-pipe", writes_pipe}, {"fifo", opens_fifo},   {"signal", waits_for_signal},
        {"flock", locks_file},      {"locks", two_locks},   {"both-receive", both_receive},
        {"stopped", stopped},
    };
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].way();
            return 0;
        }
    errx(2, "usage: deadlock WAY");
}
