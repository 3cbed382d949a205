/* Waits with a timeout that a signal ends: they take as long as they should, and tell what came first. */
#include "tests/time/elapsed.h"

#include <aio.h>
#include <semaphore.h>
#include <sys/times.h>
#include <threads.h>

static void post(void *semaphore)
{
    sem_post(semaphore);
}

static void semaphore(void)
{
    sem_t sem;
    MUST(sem_init(&sem, 0, 0));
    struct timespec when = time_in(CLOCK_REALTIME, wait_ms());
    TAKES(wait_ms(), EXPECT_ERROR(sem_timedwait(&sem, &when), ETIMEDOUT));
    TAKES(0, EXPECT_ERROR(sem_timedwait(&sem, &when), ETIMEDOUT));
    when = time_in(CLOCK_MONOTONIC, wait_ms());
    TAKES(wait_ms(), EXPECT_ERROR(sem_clockwait(&sem, CLOCK_MONOTONIC, &when), ETIMEDOUT));
    struct later later = {.ms = wait_ms() / 3, .act = post, .context = &sem};
    start_later(&later);
    when = time_in(CLOCK_REALTIME, wait_ms());
    errno = EDOM;
    TAKES(wait_ms() / 3, EXPECT(sem_timedwait(&sem, &when), 0));
    EXPECT(errno, EDOM);
    end_later(&later);
    when.tv_nsec = 1000000000;
    EXPECT_ERROR(sem_timedwait(&sem, &when), EINVAL);
    EXPECT_ERROR(sem_clockwait(&sem, CLOCK_BOOTTIME, &(struct timespec){0}), EINVAL);
}

/* With SA_RESTART as well: a wait for a semaphore until a time is not restarted. */
static void semaphore_interrupted(void)
{
    sem_t sem;
    MUST(sem_init(&sem, 0, 0));
    for (int i = 0; i < 2; i++) {
        struct later later = {.ms = wait_ms() / 3, .signal = SIGUSR1};
        handle(SIGUSR1, i == 0 ? 0 : SA_RESTART);
        start_later(&later);
        struct timespec when = time_in(CLOCK_REALTIME, wait_ms());
        TAKES(wait_ms() / 3, EXPECT_ERROR(sem_timedwait(&sem, &when), EINTR));
        EXPECT(handled, SIGUSR1);
        end_later(&later);
    }
}

static void signals(void)
{
    sigset_t set, all;
    siginfo_t info;
    struct timespec time = time_of_ms(wait_ms());
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EXPECT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    TAKES(wait_ms(), EXPECT_ERROR(sigtimedwait(&set, NULL, &time), EAGAIN));
    memset(&all, 0xff, sizeof all);
    TAKES(wait_ms(), EXPECT_ERROR(sigtimedwait(&all, NULL, &time), EAGAIN));
    struct later later = {.ms = wait_ms() / 3, .signal = SIGUSR1};
    start_later(&later);
    TAKES(wait_ms() / 3, EXPECT(sigtimedwait(&set, &info, &time), SIGUSR1));
    EXPECT(info.si_signo, SIGUSR1);
    end_later(&later);
    TAKES(0, EXPECT_ERROR(sigtimedwait(&set, NULL, &(struct timespec){0}), EAGAIN));
    raise(SIGUSR1);
    EXPECT(sigtimedwait(&set, NULL, &(struct timespec){0}), SIGUSR1);
    handle(SIGUSR2, SA_RESTART);
    later.signal = SIGUSR2;
    start_later(&later);
    TAKES(wait_ms() / 3, EXPECT_ERROR(sigtimedwait(&set, NULL, &time), EINTR));
    EXPECT(handled, SIGUSR2);
    end_later(&later);
}

static void sleeps(void)
{
    struct timespec time = time_of_ms(wait_ms()), left = {0};
    TAKES(wait_ms(), EXPECT(thrd_sleep(&time, NULL), 0));
    struct later later = {.ms = wait_ms() / 3, .signal = SIGUSR1};
    handle(SIGUSR1, SA_RESTART);
    start_later(&later);
    TAKES(wait_ms() / 3, EXPECT(thrd_sleep(&time, &left), -1));
    int64_t ms = left.tv_sec * 1000 + left.tv_nsec / 1000000, wanted = wait_ms() - wait_ms() / 3;
    CHECK(ms <= wanted && ms >= wanted - SLACK_MS, "%lld ms are left", (long long)ms);
    end_later(&later);
}

/* Other clocks that a program may look at go as far. */
static void clocks(void)
{
    struct tms used;
    struct timespec time = time_of_ms(wait_ms());
    long ticks = times(&used);
    MUST(ticks);
    MUST(nanosleep(&time, NULL));
    int64_t ms = (times(&used) - ticks) * 1000 / sysconf(_SC_CLK_TCK);
    CHECK(ms >= wait_ms() - 20 && ms <= wait_ms() + SLACK_MS, "times() went on by %lld ms", (long long)ms);
}

static void *hold_on(void *semaphore)
{
    while (sem_wait(semaphore) < 0)
        ;
    return NULL;
}

/* glibc's own use of the signal that wakes: setuid in a program with threads, which all of them carry out. */
static void identity(void)
{
    pthread_t thread;
    sem_t sem;
    struct timespec time = time_of_ms(wait_ms());
    MUST(sem_init(&sem, 0, 0));
    EXPECT(pthread_create(&thread, NULL, hold_on, &sem), 0);
    for (int i = 0; i < 3; i++) {
        TAKES(wait_ms(), EXPECT(nanosleep(&time, NULL), 0));
        EXPECT(setresuid((uid_t)-1, geteuid(), (uid_t)-1), 0);
    }
    sem_post(&sem);
    EXPECT(pthread_join(thread, NULL), 0);
    pid_t child = fork();
    if (child == 0) { /* where it makes its first thread once more */
        struct later later = {.ms = wait_ms()};
        TAKES(wait_ms(), start_later(&later); end_later(&later));
        TAKES(wait_ms(), EXPECT(nanosleep(&time, NULL), 0));
        end_child();
    }
    expect_child(child);
}

/* glibc makes threads of its own as well. */
static void threads_of_libc(void)
{
    struct timespec time = time_of_ms(wait_ms());
    char byte;
    int ends[2];
    MUST(pipe(ends));
    struct aiocb block = {.aio_fildes = ends[0], .aio_buf = &byte, .aio_nbytes = 1};
    MUST(aio_read(&block));
    int64_t from = now_ms(CLOCK_MONOTONIC);
    for (int i = 0; i < 2; i++)
        EXPECT(nanosleep(&time, NULL), 0);
    CHECK(now_ms(CLOCK_MONOTONIC) - from >= 2 * wait_ms() - 1, "it did not sleep long enough");
    EXPECT(write(ends[1], "x", 1), 1);
    EXPECT(aio_suspend((const struct aiocb *const[]){&block}, 1, NULL), 0);
}

CHECK_MAIN({"semaphore", semaphore}, {"semaphore-interrupted", semaphore_interrupted}, {"signals", signals},
           {"sleeps", sleeps}, {"clocks", clocks}, {"identity", identity},
           {"threads-of-libc", threads_of_libc})
