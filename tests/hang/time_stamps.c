/*
 * Time never goes back, whoever looks: processes and threads hand the clock's reading on, through sockets and
 * through memory that they share, while others sleep and the clock is advanced hundreds of times. Whoever
 * gets a reading must not read an earlier time. time_stamps [SLEEPS]; the last line is how far the clock
 * went.
 */
#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 3, PROCESSES = 3 };

struct shared {
    _Atomic long long latest; /* of all readings by all */
    _Atomic int backwards, over;
};

static struct shared *shared;
static int sleeps = 20;

static long long reading(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Not earlier than what anybody had read before. */
static long long look(long long known)
{
    long long latest = atomic_load(&shared->latest), now = reading(CLOCK_MONOTONIC);
    if (now < latest || now < known) {
        atomic_fetch_add(&shared->backwards, 1);
        warnx("%lld ns back", (latest > known ? latest : known) - now);
    }
    while (latest < now && !atomic_compare_exchange_weak(&shared->latest, &latest, now))
        ;
    return now;
}

static void *sleeper(void *unused)
{
    long long wall = reading(CLOCK_REALTIME);
    for (int i = 0; i < sleeps; i++) {
        struct timespec time = {.tv_sec = i % 3, .tv_nsec = 1000000 * (1 + random() % 900)};
        long long begun = look(0);
        nanosleep(&time, NULL);
        long long took = look(begun) - begun;
        if (took < time.tv_sec * 1000000000LL + time.tv_nsec)
            atomic_fetch_add(&shared->backwards, 1);
        long long later = reading(CLOCK_REALTIME);
        if (later < wall)
            atomic_fetch_add(&shared->backwards, 1);
        wall = later;
    }
    return unused;
}

/* Sends its reading and gets one back, each time after both have waited for a while. */
static void exchange(int fd)
{
    long long mine, theirs = 0;
    struct timeval second = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    for (int i = 0; i < sleeps; i++) {
        mine = look(theirs);
        if (send(fd, &mine, sizeof mine, MSG_NOSIGNAL) != sizeof mine)
            return;
        while (recv(fd, &theirs, sizeof theirs, 0) != sizeof theirs)
            if (atomic_load(&shared->over))
                return;
        look(theirs);
        if (i % 4 == 0)
            usleep(250000);
    }
}

static int process(int fd)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, sleeper, NULL);
    exchange(fd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

int main(int argc, char **argv)
{
    int ends[PROCESSES][2], status, failed = 0;
    long long begun = reading(CLOCK_MONOTONIC);
    if (argc > 1)
        sleeps = atoi(argv[1]);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < PROCESSES; i++)
        for (int side = socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) * 0; side < 2; side++)
            if (fork() == 0)
                _exit(process(ends[i][side]));
    while (wait(&status) > 0) {
        failed += status != 0;
        atomic_store(&shared->over, 1);
    }
    printf("%d times back, %d failed, %lld s\n", atomic_load(&shared->backwards), failed,
           (reading(CLOCK_MONOTONIC) - begun) / 1000000000);
    return atomic_load(&shared->backwards) || failed;
}
