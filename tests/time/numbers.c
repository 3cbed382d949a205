/* System calls made by their numbers: clocks, sleeps and futexes do what libc's do, all else is as it was. */
#include "tests/time/elapsed.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

static void clocks(void)
{
    struct timespec time = time_of_ms(wait_ms()), raw, plain;
    struct timeval day;
    EXPECT(syscall(SYS_nanosleep, &time, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        clockid_t clock = i % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
        EXPECT(clock_gettime(clock, &plain), 0);
        EXPECT(syscall(SYS_clock_gettime, clock, &raw), 0);
        int64_t ns = (raw.tv_sec - plain.tv_sec) * INT64_C(1000000000) + raw.tv_nsec - plain.tv_nsec;
        CHECK(ns >= 0 && ns < SLACK_MS * INT64_C(1000000), "the raw clock is %lld ns ahead", (long long)ns);
    }
    EXPECT(syscall(SYS_gettimeofday, &day, NULL), 0);
    CHECK(llabs(day.tv_sec - now_ms(CLOCK_REALTIME) / 1000) <= 1, "it is another day");
#ifdef SYS_time
    long seconds = syscall(SYS_time, NULL);
    CHECK(llabs(seconds - now_ms(CLOCK_REALTIME) / 1000) <= 1, "it is another second");
#endif
    EXPECT_ERROR(syscall(SYS_clock_gettime, 99, &raw), EINVAL);
    EXPECT_ERROR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 1L), EFAULT);
}

static void sleeps(void)
{
    struct timespec time = time_of_ms(wait_ms()), when;
    TAKES(wait_ms(), EXPECT(syscall(SYS_nanosleep, &time, NULL), 0));
    TAKES(wait_ms(), EXPECT(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL), 0));
    when = time_in(CLOCK_REALTIME, wait_ms());
    TAKES(wait_ms(), EXPECT(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &when, NULL), 0));
    EXPECT_ERROR(syscall(SYS_nanosleep, NULL, NULL), EFAULT);
    EXPECT_ERROR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, NULL, NULL), EFAULT);
    struct later later = {.ms = wait_ms() / 3, .signal = SIGUSR1};
    handle(SIGUSR1, 0);
    start_later(&later);
    TAKES(wait_ms() / 3, EXPECT_ERROR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL), EINTR));
    end_later(&later);
}

static void wake(void *word)
{
    *(volatile int *)word = 1;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

static void futexes(void)
{
    static int word;
    struct timespec time = time_of_ms(wait_ms()), when;
    TAKES(wait_ms(),
          EXPECT_ERROR(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT));
    for (int i = 0; i < 2; i++) {
        when = time_in(i == 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME, wait_ms());
        TAKES(wait_ms(), EXPECT_ERROR(syscall(SYS_futex, &word,
                                              FUTEX_WAIT_BITSET_PRIVATE | (i == 0 ? 0 : FUTEX_CLOCK_REALTIME),
                                              0, &when, NULL, FUTEX_BITSET_MATCH_ANY),
                                      ETIMEDOUT));
    }
    EXPECT_ERROR(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &time, NULL, 0), EAGAIN);
    EXPECT_ERROR(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &(struct timespec){0, -1}, NULL, 0),
                 EINVAL);
    struct later later = {.ms = wait_ms() / 3, .signal = SIGUSR1};
    handle(SIGUSR1, SA_RESTART);
    start_later(&later);
    TAKES(wait_ms() / 3,
          EXPECT_ERROR(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), EINTR));
    end_later(&later);
    later = (struct later){.ms = wait_ms() / 3, .act = wake, .context = &word};
    start_later(&later);
    TAKES(wait_ms() / 3, EXPECT(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), 0));
    end_later(&later);
}

/* Six arguments go through, and results and errors come back. */
static void others(void)
{
    int fd = memfd_create("numbers", 0);
    long page = sysconf(_SC_PAGESIZE);
    MUST(fd);
    MUST(ftruncate(fd, 2 * page));
    EXPECT(pwrite(fd, "x", 1, page), 1);
    char *memory = (char *)syscall(SYS_mmap, NULL, page, PROT_READ, MAP_SHARED, fd, page);
    CHECK(memory != MAP_FAILED && *memory == 'x', "the second page is not there");
    EXPECT(syscall(SYS_getpid), getpid());
    errno = EDOM;
    EXPECT(syscall(SYS_gettid), gettid());
    EXPECT(errno, EDOM);
    EXPECT_ERROR(syscall(SYS_close, -1), EBADF);
    EXPECT_ERROR(syscall(100000), ENOSYS);
}

/* A mask of all signals set by number does not keep the thread from being woken. */
static void masks(void)
{
    uint64_t all = UINT64_MAX, before;
    struct timespec time = time_of_ms(wait_ms());
    EXPECT(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all), 0);
    TAKES(wait_ms(), EXPECT(nanosleep(&time, NULL), 0));
    EXPECT(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, &all, sizeof all), 0);
    CHECK(all >> (SIGTERM - 1) & 1, "SIGTERM was not blocked");
}

CHECK_MAIN({"clocks", clocks}, {"sleeps", sleeps}, {"futexes", futexes}, {"others", others}, {"masks", masks})
