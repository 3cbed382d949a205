/*
 * No wake-up is lost, no time goes back. Everybody who waits does so for an hour at most: where time is
 * virtual a wake-up that is lost is an hour at once.
 */
#include "tests/time/elapsed.h"

#include <semaphore.h>
#include <stdatomic.h>

enum { THREADS = 8, ROUNDS = 4000, HOUR_MS = 3600 * 1000, PLACES = 3 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int filled, produced, consumed; /* under the mutex */
static atomic_int timeouts;

/* Half of them with a timeout, half without. */
static void wait_on(pthread_cond_t *condition, long number)
{
    struct timespec when = time_in(CLOCK_REALTIME, HOUR_MS);
    if (number % 2 == 0)
        pthread_cond_wait(condition, &mutex);
    else if (pthread_cond_timedwait(condition, &mutex, &when) == ETIMEDOUT)
        timeouts++;
}

/* One in two wakes after it has unlocked. */
static void wake(pthread_cond_t *condition, int round)
{
    if (round % 2)
        pthread_cond_signal(condition);
    pthread_mutex_unlock(&mutex);
    if (round % 2 == 0)
        pthread_cond_signal(condition);
}

static void *produce(void *number)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (filled == PLACES)
            wait_on(&not_full, (long)number);
        filled++;
        produced++;
        wake(&not_empty, i);
    }
    return NULL;
}

static void *consume(void *number)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (filled == 0)
            wait_on(&not_empty, (long)number);
        filled--;
        consumed++;
        wake(&not_full, i);
    }
    return NULL;
}

/* As many who take as who give; each wakes just one, so each wake-up counts. */
static void queue(void)
{
    pthread_t threads[THREADS];
    int64_t from = now_ms(CLOCK_MONOTONIC);
    for (long i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, i < THREADS / 2 ? produce : consume, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL), 0);
    EXPECT(produced, THREADS / 2 * ROUNDS);
    EXPECT(consumed, THREADS / 2 * ROUNDS);
    EXPECT(filled, 0);
    EXPECT(timeouts, 0);
    CHECK(now_ms(CLOCK_MONOTONIC) - from < HOUR_MS, "somebody woke after an hour");
}

static int turn; /* under the mutex; 2: over */

static void *wait_for_turns(void *unused)
{
    struct timespec when = time_in(CLOCK_REALTIME, HOUR_MS);
    pthread_mutex_lock(&mutex);
    while (turn != 2) {
        turn = 0;
        while (turn == 0)
            if (pthread_cond_timedwait(&not_empty, &mutex, &when) == ETIMEDOUT) {
                timeouts++;
                turn = 2;
            }
    }
    pthread_mutex_unlock(&mutex);
    return unused;
}

/* The wake-up comes as soon as the mutex is free: often the other has unlocked it and does not sleep yet. */
static void gap(void)
{
    pthread_t thread;
    turn = 1;
    EXPECT(pthread_create(&thread, NULL, wait_for_turns, NULL), 0);
    for (int i = 0; i < 5 * ROUNDS && turn != 2;) {
        while (pthread_mutex_trylock(&mutex) != 0)
            ;
        if (turn == 0) {
            turn = ++i == 5 * ROUNDS ? 2 : 1;
            pthread_cond_signal(&not_empty);
        }
        pthread_mutex_unlock(&mutex);
    }
    EXPECT(pthread_join(thread, NULL), 0);
    EXPECT(timeouts, 0);
}

static sem_t baton[2];

static void *pass_it_on(void *mine)
{
    struct timespec when = time_in(CLOCK_REALTIME, HOUR_MS);
    for (int i = 0; i < ROUNDS; i++) {
        if (sem_timedwait(&baton[(long)mine], &when) < 0)
            timeouts++;
        sem_post(&baton[!(long)mine]);
    }
    return NULL;
}

static void semaphores(void)
{
    pthread_t threads[2];
    MUST(sem_init(&baton[0], 0, 1));
    MUST(sem_init(&baton[1], 0, 0));
    for (long i = 0; i < 2; i++)
        EXPECT(pthread_create(&threads[i], NULL, pass_it_on, (void *)i), 0);
    for (int i = 0; i < 2; i++)
        EXPECT(pthread_join(threads[i], NULL), 0);
    EXPECT(timeouts, 0);
}

static int64_t latest_ns; /* under the mutex */

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Sleeps of all lengths, by all ways; nobody ever sees a clock behind what another has seen. */
static void *look_at_clock(void *number)
{
    pthread_cond_t own = PTHREAD_COND_INITIALIZER;
    for (int i = 0; i < 25; i++) {
        int64_t ms = 1 + (i * 7 + (long)number * 13) % 50 * wait_ms() / 60;
        struct timespec when, time = time_of_ms(ms);
        pthread_mutex_lock(&mutex);
        int64_t now = now_ns();
        CHECK(now >= latest_ns, "time went back by %lld ns", (long long)(latest_ns - now));
        latest_ns = now;
        when = time_in(CLOCK_REALTIME, ms);
        if (i % 2)
            EXPECT(pthread_cond_timedwait(&own, &mutex, &when), ETIMEDOUT);
        pthread_mutex_unlock(&mutex);
        if (i % 2 == 0)
            EXPECT(nanosleep(&time, NULL), 0);
        int64_t slept = now_ns() - now;
        CHECK(slept >= ms * 1000000 - 1000, "%lld ms took %lld ns", (long long)ms, (long long)slept);
    }
    return NULL;
}

static void monotone(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, look_at_clock, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL), 0);
}

CHECK_MAIN({"queue", queue}, {"gap", gap}, {"semaphores", semaphores}, {"monotone", monotone})
