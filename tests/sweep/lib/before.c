/* A library to preload whose constructor runs before that of the shim, and does what its BEFORE says. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void *idle(void *unused)
{
    (void)unused;
    while (pause() < 0)
        ;
    return NULL;
}

/* The shim is asked for a clock, and starts before its constructor. */
static void wait_for_nothing(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&condition, &lock, &now);
    pthread_mutex_unlock(&lock);
}

static void set_timer(void)
{
    struct sigevent nothing = {.sigev_notify = SIGEV_NONE};
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &nothing, &timer);
}

__attribute__((constructor)) static void begin(void)
{
    const char *what = getenv("BEFORE");
    pthread_t thread;
    if (!what)
        return;
    if (strcmp(what, "descriptor") == 0)
        open("/dev/null", O_RDONLY);
    else if (strcmp(what, "thread") == 0)
        pthread_create(&thread, NULL, idle, NULL);
    else if (strcmp(what, "memory") == 0)
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    else if (strcmp(what, "words") == 0 && write(1, "early\n", 6) != 6)
        abort();
    else if (strcmp(what, "timer") == 0)
        set_timer();
    else if (strcmp(what, "condition") == 0)
        wait_for_nothing();
}
