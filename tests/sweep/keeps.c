/*
 * A line server that can be kept from one experiment to the next, or cannot, or should not have been:
 *
 *     keeps LOG PORT [WAY [LISTENER]]
 *
 * Its pid is appended to LOG when it starts, but not by one that is given its listening descriptor. The ways:
 *
 *     grudge   does not end when it is told to, once a client has left without its line
 *     counts   serves three, and nobody else
 *     numbers  sends each the number of clients there were, in place of its line
 *     writes   notes every client in a file of its working directory
 *     maps     counts them in one that it had mapped before
 *     forks    has a child for every client, and waits for it
 *     hoards   has one more thread after every client
 *     alarm    is to be killed a minute after its last client
 *     executes executes itself anew after every client
 *     segment  makes a segment of System V shared memory for every client, and removes it when it ends
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVES = 3, SEGMENTS = 64 };

static const char *way, *log_path;
static volatile char *page;
static int segments[SEGMENTS], segment_count;
static bool grudge;
static volatile sig_atomic_t over;

static void stop(int number)
{
    (void)number;
    over = 1;
}

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static bool is(const char *name)
{
    return strcmp(way, name) == 0;
}

static int listen_at(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0)
        fail("port");
    return fd;
}

/* Whether a line came. */
static bool echo(int fd)
{
    char line[64];
    size_t len = 0;
    while (len < sizeof line && (len == 0 || line[len - 1] != '\n')) {
        ssize_t got = recv(fd, line + len, sizeof line - len, 0);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        len += got > 0 ? (size_t)got : 0;
    }
    for (size_t sent = 0; sent < len;) {
        ssize_t put = send(fd, line + sent, len - sent, MSG_NOSIGNAL);
        if (put < 0 && errno != EINTR)
            break;
        sent += put > 0 ? (size_t)put : 0;
    }
    return true;
}

/* A page of a file that is there before the first client comes. */
static volatile char *map_page(void)
{
    enum { PAGE = 4096 };
    int fd = open("clients", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, PAGE) < 0)
        fail("clients");
    void *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        fail("mmap");
    close(fd);
    return mapped;
}

static void *idle(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static void note_client(void)
{
    pthread_t thread;
    FILE *file = is("writes") ? fopen("clients", "ae") : NULL;
    if (file != NULL) {
        fputs("a client\n", file);
        fclose(file);
    }
    if (is("hoards") && pthread_create(&thread, NULL, idle, NULL) != 0)
        fail("pthread_create");
    if (is("maps"))
        ++*page;
    if (is("alarm"))
        alarm(60);
    if (is("segment") && segment_count < SEGMENTS)
        segments[segment_count++] = shmget(IPC_PRIVATE, 4096, 0600);
}

static void note(const char *what)
{
    FILE *log = fopen(log_path, "ae");
    if (log == NULL)
        fail("log");
    fprintf(log, "%s\n", what);
    fclose(log);
}

/* A third is one of another experiment: the client and the next one are two. */
static void number(int fd, int clients)
{
    char line[32];
    if (clients == 2)
        note("a third");
    recv(fd, line, sizeof line, 0);
    snprintf(line, sizeof line, "%d\n", clients);
    send(fd, line, strlen(line), MSG_NOSIGNAL);
    close(fd);
}

static void serve(int fd)
{
    if (!is("forks")) {
        if (!echo(fd) && is("grudge"))
            grudge = true;
    } else if (fork() == 0) {
        echo(fd);
        _exit(0);
    } else {
        wait(NULL);
    }
    close(fd);
}

static void note_start(const char *path)
{
    FILE *log = fopen(path, "ae");
    if (log == NULL)
        fail("log");
    fprintf(log, "%ld\n", (long)getpid());
    fclose(log);
}

static void execute_again(char **argv, int listener)
{
    char number[16];
    snprintf(number, sizeof number, "%d", listener);
    fcntl(listener, F_SETFD, 0);
    execv("/proc/self/exe", (char *[]){argv[0], argv[1], argv[2], argv[3], number, NULL});
    fail("execv");
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = stop};
    bool is_executed = argc > 4;
    way = argc > 3 ? argv[3] : "";
    log_path = argv[1];
    if (!is_executed)
        note_start(argv[1]);
    if (is("maps"))
        page = map_page();
    sigaction(SIGTERM, &action, NULL);
    int listener = is_executed ? atoi(argv[4]) : listen_at(argv[2]);
    for (int clients = 0; !over;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        note_client();
        if (is("counts") && clients == SERVES)
            close(fd);
        else if (is("numbers"))
            number(fd, clients);
        else
            serve(fd);
        clients++;
        if (is("executes"))
            execute_again(argv, listener);
    }
    while (segment_count > 0)
        shmctl(segments[--segment_count], IPC_RMID, NULL);
    if (grudge)
        idle(NULL);
    return 0;
}
