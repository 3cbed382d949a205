/*
 * A client that says what it sees of itself, so that one that was copied from a zygote is told from one that
 * was started by exec: descriptors, session, numbers that glibc remembers, signals, limits, environment. Then
 * a line goes to a server and comes back.
 *
 *     mirror LOG PORT [WORD...]
 *
 * All of it is a line of LOG as well, behind 16 bytes that the kernel chose at exec (AT_RANDOM,
 * getauxval(3)): copies have the same.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static FILE *said;
static pthread_t early;
static volatile sig_atomic_t caught;

static void *idle(void *unused)
{
    (void)unused;
    while (pause() < 0)
        ;
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    pthread_create(&early, NULL, idle, NULL);
}

static int entries(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static void note(const char *log, char *text)
{
    const unsigned char *chosen = (const unsigned char *)getauxval(AT_RANDOM);
    FILE *file = fopen(log, "a");
    if (!file)
        err(1, "%s", log);
    for (int i = 0; i < 16; i++)
        fprintf(file, "%02x", chosen[i]);
    for (char *at = text; (at = strchr(at, '\n'));)
        *at = '|';
    fprintf(file, " %s\n", text);
    if (fclose(file) != 0)
        err(1, "%s", log);
}

static void say_process(void)
{
    char name[16] = "", cwd[4096] = "", exe[4096] = "";
    int death = -1;
    prctl(PR_GET_NAME, name);
    prctl(PR_GET_PDEATHSIG, &death);
    if (!getcwd(cwd, sizeof cwd) || readlink("/proc/self/exe", exe, sizeof exe - 1) < 0)
        err(1, "cwd or exe");
    fprintf(said, "parent %d, session %d, group %d, dies by %d, name %s, program %s\n", getppid() == 1,
            getsid(0) == getpid(), getpgrp() == getpid(), death, name, strrchr(exe, '/'));
    fprintf(said, "%d descriptors, %d threads, cwd %s, umask %o, nice %d, slack %d, dumpable %d\n",
            entries("/proc/self/fd"), entries("/proc/self/task"), strrchr(cwd, '/'), umask(022),
            getpriority(PRIO_PROCESS, 0), prctl(PR_GET_TIMERSLACK), prctl(PR_GET_DUMPABLE));
}

/* The folder of an experiment is not the same twice, and one run of the client is called otherwise. */
static bool differs(const char *variable)
{
    return strncmp(variable, "SOCKFAULT_BOARD=", 16) == 0 || strncmp(variable, "SOCKFAULT_PROCESS=", 18) == 0;
}

static void say_words(int argc, char **argv)
{
    for (int i = 0; i < argc && i < 3; i++)
        fprintf(said, "argument %d: %s\n", i, argv[i]);
    for (char **item = environ; *item; item++)
        fprintf(said, "variable: %.*s\n", (int)(differs(*item) ? strcspn(*item, "=") : strlen(*item)), *item);
}

static void say_signals(void)
{
    sigset_t mask;
    struct sigaction action;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < 65; number++)
        if (sigismember(&mask, number) ||
            (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL))
            fprintf(said, "signal %d is blocked or handled\n", number);
}

static void say_limits(void)
{
    struct rlimit limit;
    for (int i = 0; i < RLIM_NLIMITS; i++)
        if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
            fprintf(said, "limit %d: %ju %ju\n", i, (uintmax_t)limit.rlim_cur, (uintmax_t)limit.rlim_max);
}

static void catch_it(int number)
{
    (void)number;
    caught++;
}

static void *signal_thread(void *thread)
{
    return (void *)(intptr_t)pthread_kill(*(pthread_t *)thread, SIGUSR1);
}

/* By the number of its own thread that glibc remembers, as locks and pthread_kill(3) go. */
static void say_thread(void)
{
    pthread_mutexattr_t kind;
    pthread_mutex_t lock;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock, &kind);
    int first = pthread_mutex_lock(&lock), second = pthread_mutex_lock(&lock),
        freed = pthread_mutex_unlock(&lock);
    signal(SIGUSR1, catch_it);
    pthread_t other, self = pthread_self();
    void *sent = NULL;
    pthread_create(&other, NULL, signal_thread, &self);
    pthread_join(other, &sent);
    int raised = (int)(intptr_t)sent;
    signal(SIGUSR1, SIG_DFL);
    pthread_cancel(early);
    fprintf(said, "lock %d %d %d, signal %d %d, joined %d, thread %d\n", first, second, freed, raised,
            (int)caught, pthread_join(early, NULL), gettid() == getpid());
}

static void say_children(void)
{
    char *words[] = {(char[]){"true"}, NULL};
    pid_t pid, forked = fork();
    int status = -1, spawned = -1;
    if (forked == 0)
        _exit(gettid() == getpid() && getppid() != 1 ? 3 : 4);
    if (waitpid(forked, &status, 0) < 0 || posix_spawnp(&pid, "true", NULL, NULL, words, environ) != 0 ||
        waitpid(pid, &spawned, 0) < 0)
        err(1, "a child");
    fprintf(said, "forked: %d, spawned: %d\n", WEXITSTATUS(status), WEXITSTATUS(spawned));
}

static void talk(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char line[16] = "hello\n";
    size_t sent = 0, done = 0;
    ssize_t put = 0, got = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "server");
    while (sent < 6 && (put = send(fd, line + sent, 6 - sent, MSG_NOSIGNAL)) > 0)
        sent += (size_t)put;
    while (done < 6 && (got = recv(fd, line + done, 6 - done, 0)) > 0)
        done += (size_t)got;
    if (done < 6)
        err(1, "no reply");
    printf("descriptor %d: %s", fd, line);
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: %s LOG PORT [WORD...]", argv[0]);
    char *text = NULL;
    size_t size;
    said = open_memstream(&text, &size);
    if (!said)
        err(1, "memory");
    say_process();
    say_words(argc, argv);
    say_signals();
    say_limits();
    say_thread();
    say_children();
    if (fflush(said) != 0)
        err(1, "memory");
    printf("%s", text);
    note(argv[1], text);
    talk(atoi(argv[2]));
    fclose(said);
    free(text);
    return fflush(stdout) == 0 ? 0 : 1;
}
