/*
 * A library whose constructor starts a thread that waits, before the shim's own constructor has run; and,
 * with PROGRAM, who wakes it. Both have to mean the same condition variable.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

extern pthread_mutex_t early_mutex;
extern pthread_cond_t early_condition;
extern pthread_t early_thread;
extern int early_turn, early_waits, early_timeouts; /* under the mutex */

#ifndef PROGRAM

pthread_mutex_t early_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t early_condition = PTHREAD_COND_INITIALIZER;
pthread_t early_thread;
int early_turn, early_waits, early_timeouts;

static void *wait_for_turn(void *unused)
{
    struct timespec when;
    pthread_mutex_lock(&early_mutex);
    early_waits = 1;
    while (!early_turn) {
        clock_gettime(CLOCK_REALTIME, &when);
        when.tv_sec += 3;
        early_timeouts += pthread_cond_timedwait(&early_condition, &early_mutex, &when) == ETIMEDOUT;
    }
    pthread_mutex_unlock(&early_mutex);
    return unused;
}

/* Comes back once the thread waits: the mutex is free again then. */
__attribute__((constructor)) static void start(void)
{
    pthread_create(&early_thread, NULL, wait_for_turn, NULL);
    for (int waits = 0; !waits; sched_yield()) {
        pthread_mutex_lock(&early_mutex);
        waits = early_waits;
        pthread_mutex_unlock(&early_mutex);
    }
}

#else

int main(void)
{
    pthread_mutex_lock(&early_mutex);
    early_turn = 1;
    pthread_cond_signal(&early_condition);
    pthread_mutex_unlock(&early_mutex);
    pthread_join(early_thread, NULL);
    printf("# %d timeouts\n", early_timeouts);
    return early_timeouts != 0;
}

#endif
