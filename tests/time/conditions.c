/*
 * Condition variables: who is woken, when, and what the calls say. The same holds of glibc's own, so all of
 * it is run without the shim as well.
 */
#include "tests/time/elapsed.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn; /* under the mutex */

static void init_with(pthread_cond_t *cond, clockid_t clock, int shared)
{
    pthread_condattr_t attributes;
    EXPECT(pthread_condattr_init(&attributes), 0);
    EXPECT(pthread_condattr_setclock(&attributes, clock), 0);
    EXPECT(pthread_condattr_setpshared(&attributes, shared), 0);
    EXPECT(pthread_cond_init(cond, &attributes), 0);
    EXPECT(pthread_condattr_destroy(&attributes), 0);
}

static void timeouts(void)
{
    pthread_cond_t monotonic;
    cnd_t cnd;
    mtx_t mtx;
    init_with(&monotonic, CLOCK_MONOTONIC, PTHREAD_PROCESS_PRIVATE);
    EXPECT(cnd_init(&cnd), thrd_success);
    EXPECT(mtx_init(&mtx, mtx_plain), thrd_success);
    EXPECT(pthread_mutex_lock(&mutex), 0);
    EXPECT(mtx_lock(&mtx), thrd_success);
    struct timespec when = time_in(CLOCK_REALTIME, wait_ms());
    errno = EDOM;
    TAKES(wait_ms(), EXPECT(pthread_cond_timedwait(&condition, &mutex, &when), ETIMEDOUT));
    EXPECT(errno, EDOM);
    TAKES(0, EXPECT(pthread_cond_timedwait(&condition, &mutex, &when), ETIMEDOUT));
    when = time_in(CLOCK_MONOTONIC, wait_ms());
    TAKES(wait_ms(), EXPECT(pthread_cond_timedwait(&monotonic, &mutex, &when), ETIMEDOUT));
    when = time_in(CLOCK_MONOTONIC, wait_ms());
    TAKES(wait_ms(), EXPECT(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &when), ETIMEDOUT));
    when = time_in(CLOCK_REALTIME, wait_ms());
    TAKES(wait_ms(), EXPECT(pthread_cond_clockwait(&monotonic, &mutex, CLOCK_REALTIME, &when), ETIMEDOUT));
    when = time_in(CLOCK_REALTIME, wait_ms());
    TAKES(wait_ms(), EXPECT(cnd_timedwait(&cnd, &mtx, &when), thrd_timedout));
    EXPECT(mtx_unlock(&mtx), thrd_success);
    EXPECT(pthread_mutex_unlock(&mutex), 0);
    EXPECT(pthread_cond_destroy(&monotonic), 0);
    cnd_destroy(&cnd);
}

static void errors(void)
{
    pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    struct timespec wrong = {0, 1000000000}, negative = {0, -1}, early = {-1, 0}, past = {0};
    EXPECT(pthread_cond_timedwait(&condition, &checking, &past), EPERM);
    EXPECT(pthread_cond_wait(&condition, &checking), EPERM);
    EXPECT(pthread_mutex_lock(&checking), 0);
    EXPECT(pthread_cond_timedwait(&condition, &checking, &wrong), EINVAL);
    EXPECT(pthread_cond_timedwait(&condition, &checking, &negative), EINVAL);
    EXPECT(pthread_cond_timedwait(&condition, &checking, &early), ETIMEDOUT);
    EXPECT(pthread_cond_timedwait(&condition, &checking, &past), ETIMEDOUT);
    EXPECT(pthread_cond_clockwait(&condition, &checking, CLOCK_BOOTTIME, &past), EINVAL);
    EXPECT(pthread_cond_clockwait(&condition, &checking, CLOCK_MONOTONIC, &past), ETIMEDOUT);
    EXPECT(pthread_mutex_unlock(&checking), 0);
    EXPECT(pthread_cond_signal(&condition), 0);
    EXPECT(pthread_cond_broadcast(&condition), 0);
    EXPECT(pthread_mutex_lock(&recursive), 0);
    EXPECT(pthread_mutex_lock(&recursive), 0);
    EXPECT(pthread_cond_timedwait(&condition, &recursive, &past), ETIMEDOUT);
    EXPECT(pthread_mutex_unlock(&recursive), 0);
    EXPECT(pthread_mutex_unlock(&recursive), 0);
    EXPECT(pthread_mutex_unlock(&recursive), EPERM);
    EXPECT(pthread_cond_destroy(&condition), 0);
}

static void set_turn(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    turn = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
}

/* Not before the handler has run, however late that is. */
static void set_turn_later(void *unused)
{
    while (!handled)
        sched_yield();
    set_turn(unused);
}

/* Woken in time; a handler of the program's runs, and does not end the wait. */
static void wakes(void)
{
    struct timespec when = time_in(CLOCK_REALTIME, wait_ms());
    struct later later = {.ms = wait_ms() / 3, .signal = SIGUSR1},
                 waker = {.ms = wait_ms() / 2, .act = set_turn_later};
    for (int i = 0; i < 2; i++) {
        handle(SIGUSR1, i == 0 ? 0 : SA_RESTART);
        turn = 0;
        start_later(&later);
        start_later(&waker);
        pthread_mutex_lock(&mutex);
        when = time_in(CLOCK_REALTIME, wait_ms());
        int error = 0;
        TAKES(wait_ms() / 2,
              while (!turn && !error) error = i == 0 ? pthread_cond_timedwait(&condition, &mutex, &when)
                                                     : pthread_cond_wait(&condition, &mutex));
        EXPECT(error, 0);
        EXPECT(handled, SIGUSR1);
        pthread_mutex_unlock(&mutex);
        end_later(&later);
        end_later(&waker);
    }
}

static void *die_with_it(void *robust)
{
    pthread_mutex_lock(robust);
    pthread_cond_signal(&condition);
    return NULL; /* and the mutex stays locked */
}

static void robust(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t owned;
    pthread_t thread;
    struct timespec when = time_in(CLOCK_REALTIME, wait_ms());
    EXPECT(pthread_mutexattr_init(&attributes), 0);
    EXPECT(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
    EXPECT(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
    EXPECT(pthread_mutex_init(&owned, &attributes), 0);
    EXPECT(pthread_mutex_lock(&owned), 0);
    EXPECT(pthread_create(&thread, NULL, die_with_it, &owned), 0);
    EXPECT(pthread_cond_timedwait(&condition, &owned, &when), EOWNERDEAD);
    EXPECT(pthread_mutex_consistent(&owned), 0);
    EXPECT(pthread_mutex_unlock(&owned), 0);
    EXPECT(pthread_join(thread, NULL), 0);
}

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int turn;
};

static void take_turns(struct shared *shared, int mine, struct timespec when)
{
    for (int i = 0; i < 2000; i++) {
        int error = 0;
        pthread_mutex_lock(&shared->mutex);
        while (shared->turn != mine && !error)
            error = pthread_cond_timedwait(&shared->condition, &shared->mutex, &when);
        EXPECT(error, 0);
        shared->turn = !mine;
        pthread_cond_signal(&shared->condition);
        pthread_mutex_unlock(&shared->mutex);
    }
}

static void processes(void)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;
    struct timespec when = time_in(CLOCK_MONOTONIC, 3600 * 1000);
    EXPECT(pthread_mutexattr_init(&attributes), 0);
    EXPECT(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), 0);
    EXPECT(pthread_mutex_init(&shared->mutex, &attributes), 0);
    init_with(&shared->condition, CLOCK_MONOTONIC, PTHREAD_PROCESS_SHARED);
    pid_t child = fork();
    take_turns(shared, child == 0, when);
    if (child == 0)
        end_child();
    expect_child(child);
    EXPECT(pthread_cond_destroy(&shared->condition), 0);
}

static atomic_int cleaned, waiting;

/* The mutex is the thread's again: an error checking one lets nobody else unlock it. */
static void clean(void *owned)
{
    EXPECT(pthread_mutex_unlock(owned), 0);
    cleaned++;
}

static void *wait_for_ever(void *owned)
{
    EXPECT(pthread_mutex_lock(owned), 0);
    waiting++;
    pthread_cleanup_push(clean, owned);
    for (;;)
        EXPECT(pthread_cond_wait(&condition, owned), 0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *wait_for_long(void *owned)
{
    struct timespec when = time_in(CLOCK_REALTIME, 3600 * 1000);
    EXPECT(pthread_mutex_lock(owned), 0);
    waiting++;
    pthread_cleanup_push(clean, owned);
    for (;;)
        EXPECT(pthread_cond_timedwait(&condition, owned, &when), 0);
    pthread_cleanup_pop(0);
    return NULL;
}

/* It was counted with the mutex locked, so once the mutex is ours it waits. */
static void await_waiters(pthread_mutex_t *owned, int count)
{
    for (bool all = false; !all; sched_yield()) {
        pthread_mutex_lock(owned);
        all = waiting >= count;
        pthread_mutex_unlock(owned);
    }
}

static void cancels(void)
{
    pthread_mutex_t owned = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        void *result = NULL;
        waiting = cleaned = 0;
        EXPECT(pthread_create(&thread, NULL, i % 2 ? wait_for_long : wait_for_ever, &owned), 0);
        if (i % 4 < 2)
            await_waiters(&owned, 1);
        EXPECT(pthread_cancel(thread), 0);
        EXPECT(pthread_join(thread, &result), 0);
        CHECK(result == PTHREAD_CANCELED, "the thread was not cancelled");
        if (i % 4 < 2)
            EXPECT(cleaned, 1);
        EXPECT(pthread_mutex_lock(&owned), 0);
        EXPECT(pthread_mutex_unlock(&owned), 0);
    }
    EXPECT(pthread_cond_destroy(&condition), 0); /* nobody is counted any more */
}

static void unlock(void *locked)
{
    pthread_mutex_unlock(locked);
}

/* Of SCHED_BATCH, which never takes the processor from whoever wakes it. */
static void *take_one(void *timeouts)
{
    struct timespec when = time_in(CLOCK_REALTIME, 3600 * 1000);
    MUST(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}));
    pthread_mutex_lock(&mutex);
    waiting++;
    pthread_cleanup_push(unlock, &mutex);
    int error = 0;
    while (turn == 0 && !error)
        error = pthread_cond_timedwait(&condition, &mutex, &when);
    if (error)
        ++*(atomic_int *)timeouts;
    else
        turn--;
    pthread_cleanup_pop(1);
    return NULL;
}

/* All on one processor, where the thread that is woken does not run before it is cancelled as well. */
static void stay_together(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    MUST(sched_setaffinity(0, sizeof set, &set));
}

/* A thread that is cancelled while it is woken does not take the wake-up with it: the other gets it. */
static void cancels_lose_nothing(void)
{
    int cancelled = 0;
    int64_t from = now_ms(CLOCK_MONOTONIC);
    stay_together();
    for (int i = 0; i < 300; i++) {
        pthread_t threads[2];
        atomic_int timeouts = 0;
        waiting = turn = 0;
        for (int j = 0; j < 2; j++)
            EXPECT(pthread_create(&threads[j], NULL, take_one, &timeouts), 0);
        await_waiters(&mutex, 2);
        pthread_mutex_lock(&mutex);
        turn = 1;
        pthread_mutex_unlock(&mutex);
        pthread_cond_signal(&condition);
        pthread_cancel(threads[i % 2]);
        void *result;
        EXPECT(pthread_join(threads[i % 2], &result), 0);
        cancelled += result == PTHREAD_CANCELED;
        if (result != PTHREAD_CANCELED) /* it was faster; the other waits on */
            set_turn(NULL);
        EXPECT(pthread_join(threads[!(i % 2)], NULL), 0);
        EXPECT(timeouts, 0);
    }
    CHECK(cancelled > 0, "no thread was cancelled in time");
    CHECK(now_ms(CLOCK_MONOTONIC) - from < 3600 * 1000, "the other thread woke after an hour");
}

static void *wait_for_turn(void *place)
{
    struct shared *shared = place;
    pthread_mutex_lock(&shared->mutex);
    waiting++;
    while (!shared->turn)
        pthread_cond_wait(&shared->condition, &shared->mutex);
    pthread_mutex_unlock(&shared->mutex);
    return NULL;
}

/* After a broadcast the variable may be destroyed at once, and its memory used for something else. */
static void destroys(void)
{
    enum { WAITERS = 4 };
    for (int i = 0; i < 500; i++) {
        static struct shared shared;
        pthread_t threads[WAITERS];
        shared = (struct shared){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
        waiting = 0;
        for (int j = 0; j < WAITERS; j++)
            EXPECT(pthread_create(&threads[j], NULL, wait_for_turn, &shared), 0);
        await_waiters(&shared.mutex, WAITERS);
        pthread_mutex_lock(&shared.mutex);
        shared.turn = 1;
        EXPECT(pthread_cond_broadcast(&shared.condition), 0);
        EXPECT(pthread_cond_destroy(&shared.condition), 0);
        memset(&shared.condition, i % 2 ? 0 : 0xff, sizeof shared.condition);
        pthread_mutex_unlock(&shared.mutex);
        for (int j = 0; j < WAITERS; j++)
            EXPECT(pthread_join(threads[j], NULL), 0);
    }
}

#ifdef __x86_64__
/* What a program of long ago asks for. */
int old_wait(pthread_cond_t *, pthread_mutex_t *);
int old_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int old_signal(pthread_cond_t *);
int old_destroy(pthread_cond_t *);
__asm__(".symver old_wait, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver old_timedwait, pthread_cond_timedwait@GLIBC_2.2.5");
__asm__(".symver old_signal, pthread_cond_signal@GLIBC_2.2.5");
__asm__(".symver old_destroy, pthread_cond_destroy@GLIBC_2.2.5");

static pthread_cond_t old_condition;

static void signal_old(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    turn = 1;
    EXPECT(old_signal(&old_condition), 0);
    pthread_mutex_unlock(&mutex);
}

static void old_names(void)
{
    struct timespec when = time_in(CLOCK_REALTIME, wait_ms());
    pthread_mutex_lock(&mutex);
    TAKES(wait_ms(), EXPECT(old_timedwait(&old_condition, &mutex, &when), ETIMEDOUT));
    struct later later = {.ms = wait_ms() / 3, .act = signal_old};
    start_later(&later);
    TAKES(wait_ms() / 3, while (!turn) EXPECT(old_wait(&old_condition, &mutex), 0));
    pthread_mutex_unlock(&mutex);
    end_later(&later);
    EXPECT(old_destroy(&old_condition), 0);
}
#else
static void old_names(void)
{
    exit(77);
}
#endif

CHECK_MAIN({"timeouts", timeouts}, {"errors", errors}, {"wakes", wakes}, {"robust", robust},
           {"processes", processes}, {"cancels", cancels}, {"cancels-lose-nothing", cancels_lose_nothing},
           {"destroys", destroys}, {"old-names", old_names})
