/*
 * Looks as if it hung: everybody sleeps. And yet something comes that ends it, in the way that is asked for:
 * another process, a signal, a lock given up by who dies. Exits with 0 once it has come; one that was told
 * that its time is up though it was not, does not.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Slept through by what the C library has for it, and, of which nobody hears, by the system call alone. */
static void long_sleep(void)
{
    sleep(30);
}

static void raw_sleep(void)
{
    struct timespec time = {.tv_nsec = 200000000};
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_nanosleep), "D"(&time), "S"(0)
                     : "rcx", "r11", "memory");
#else
    syscall(SYS_nanosleep, &time, NULL);
#endif
}

static void must(int holds, const char *what)
{
    if (!holds)
        err(1, "%s", what);
}

static void ends_well(pid_t pid)
{
    int status;
    must(waitpid(pid, &status, 0) == pid, "waitpid");
    if (status != 0)
        errx(1, "status %#x", (unsigned int)status);
}

static void sleeps_unseen(void)
{
    raw_sleep();
}

/* One waits for ever, the other sleeps and then says something. */
static void told_by(int is_socket, void (*sleeper)(void))
{
    int ends[2];
    char byte;
    must((is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) == 0, "pair");
    pid_t pid = fork();
    if (pid == 0) {
        sleeper();
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    must(read(ends[0], &byte, 1) == 1, "read");
    ends_well(pid);
}

static void pipe_from_raw(void)
{
    told_by(0, raw_sleep);
}

static void socket_from_sleeper(void)
{
    told_by(1, long_sleep);
}

static void child_sleeps(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        long_sleep();
        _exit(0);
    }
    ends_well(pid);
}

static void exec_sleeps(const char *program, const char *seconds, pid_t (*start)(void))
{
    pid_t pid = start();
    if (pid == 0) {
        execlp(program, program, seconds, NULL);
        _exit(127);
    }
    ends_well(pid);
}

static void fork_exec(void)
{
    exec_sleeps("sleep", "30", fork);
}

/* The shim may be in the parent; who is started is not under it. */
static void exec_stranger(void)
{
    unsetenv("LD_PRELOAD");
    exec_sleeps("sleep", "0.2", fork);
}

static void exec_static(void)
{
    exec_sleeps(getenv("STATIC_SLEEPER"), "200", fork);
}

static void vfork_exec(void)
{
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execlp("sleep", "sleep", "30", NULL);
        _exit(127);
    }
    must(waitpid(pid, &status, 0) == pid && status == 0, "waitpid");
}

/* The parent stands still for as long as the child takes to its exec. */
static void vfork_sleeps(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        raw_sleep();
        _exit(0);
    }
    ends_well(pid);
}

static void stopped(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    must(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status), "it is stopped");
    pid_t other = fork();
    if (other == 0) {
        long_sleep();
        _exit(kill(pid, SIGCONT) == 0 ? 0 : 1);
    }
    ends_well(other);
    ends_well(pid);
}

/* Stopped in the middle of a sleep, which is over when it is continued. */
static void stopped_asleep(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        sleep(10);
        _exit(0);
    }
    sleep(5);
    kill(pid, SIGSTOP);
    long_sleep();
    kill(pid, SIGCONT);
    ends_well(pid);
}

static void traced(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGUSR1);
        _exit(0);
    }
    must(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "it is stopped");
    raw_sleep();
    must(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0, "PTRACE_CONT");
    ends_well(pid);
}

static void handler(int signo)
{
    (void)signo;
}

/* By one that ends with that. */
static void signalled(void)
{
    struct sigaction action = {.sa_handler = handler};
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    sigaction(SIGUSR1, &action, NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        long_sleep();
        kill(parent, SIGUSR1);
        _exit(0);
    }
    sigsuspend(&old);
    ends_well(pid);
}

static pthread_mutex_t *shared_mutex(void)
{
    pthread_mutex_t *mutex =
        mmap(NULL, sizeof *mutex, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex, &attributes);
    return mutex;
}

static void robust(void)
{
    pthread_mutex_t *mutex = shared_mutex();
    int ready[2];
    char byte;
    must(pipe(ready) == 0, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(mutex);
        must(write(ready[1], "x", 1) == 1, "write");
        long_sleep();
        _exit(0);
    }
    must(read(ready[0], &byte, 1) == 1, "read");
    if (pthread_mutex_lock(mutex) != EOWNERDEAD)
        errx(1, "the owner lives");
    ends_well(pid);
}

static void file_lock(void)
{
    int ready[2], fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char byte;
    must(pipe(ready) == 0, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        must(flock(open("lock", O_RDWR), LOCK_EX) == 0, "flock");
        must(write(ready[1], "x", 1) == 1, "write");
        long_sleep();
        _exit(0);
    }
    must(read(ready[0], &byte, 1) == 1, "read");
    must(flock(fd, LOCK_EX) == 0, "flock");
    ends_well(pid);
}

static void *posts(void *context)
{
    uint64_t one = 1;
    long_sleep();
    must(write(*(int *)context, &one, sizeof one) == sizeof one, "write");
    return NULL;
}

static void event(void)
{
    int fd = eventfd(0, 0);
    uint64_t value;
    pthread_t thread;
    pthread_create(&thread, NULL, posts, &fd);
    must(read(fd, &value, sizeof value) == sizeof value, "read");
    pthread_join(thread, NULL);
}

static void timer(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec setting = {.it_value.tv_sec = 30};
    uint64_t value;
    must(timerfd_settime(fd, 0, &setting, NULL) == 0, "timerfd_settime");
    must(read(fd, &value, sizeof value) == sizeof value, "read");
}

static void *creates(void *context)
{
    long_sleep();
    close(open(context, O_CREAT | O_WRONLY, 0600));
    return NULL;
}

static void watched(void)
{
    int fd = inotify_init();
    char news[4096], name[] = "created";
    pthread_t thread;
    must(inotify_add_watch(fd, ".", IN_CREATE) >= 0, "inotify_add_watch");
    pthread_create(&thread, NULL, creates, name);
    must(read(fd, news, sizeof news) > 0, "read");
    pthread_join(thread, NULL);
}

static void *alarmed(void *unused)
{
    return unused;
}

static void by_alarm(void)
{
    struct sigaction action = {.sa_handler = handler};
    pthread_t thread;
    sigaction(SIGALRM, &action, NULL);
    pthread_create(&thread, NULL, alarmed, NULL);
    pthread_join(thread, NULL);
    alarm(30);
    pause();
}

/* More than a pipe holds, read by whoever started this. */
static void prints(void)
{
    static char text[600000];
    memset(text, 'x', sizeof text - 1);
    must(puts(text) >= 0 && fflush(stdout) == 0, "puts");
}

static void reads_input(void)
{
    char text[64];
    must(fgets(text, sizeof text, stdin) != NULL, "fgets");
    must(fgets(text, sizeof text, stdin) == NULL, "the end");
}

/* Those two are started one after the other. */
static void opens_fifo(void)
{
    char byte;
    int fd = open("fifo", O_RDONLY);
    must(fd >= 0 && read(fd, &byte, 1) == 1, "read");
}

static void makes_fifo(void)
{
    must(mkfifo("fifo", 0600) == 0, "mkfifo");
}

static void writes_fifo(void)
{
    int fd = open("fifo", O_WRONLY);
    must(fd >= 0 && write(fd, "x", 1) == 1, "write");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*way)(void);
    } ways[] = {
        {"raw-sleep", sleeps_unseen},
        {"pipe-from-raw-sleep", pipe_from_raw},
        {"socket-from-sleeper", socket_from_sleeper},
        {"child-sleeps", child_sleeps},
        {"fork-exec", fork_exec},
        {"exec-stranger", exec_stranger},
        {"exec-static", exec_static},
        {"vfork-exec", vfork_exec},
        {"vfork-sleeps", vfork_sleeps},
        {"stopped", stopped},
        {"stopped-asleep", stopped_asleep},
        {"traced", traced},
        {"signalled", signalled},
        {"robust-mutex", robust},
        {"flock", file_lock},
        {"eventfd", event},
        {"timerfd", timer},
        {"inotify", watched},
        {"alarm", by_alarm},
        {"prints", prints},
        {"reads-input", reads_input},
        {"opens-fifo", opens_fifo},
        {"makes-fifo", makes_fifo},
        {"writes-fifo", writes_fifo},
    };
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].way();
            return 0;
        }
    errx(2, "usage: asleep WAY");
}
