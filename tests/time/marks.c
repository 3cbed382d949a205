/*
 * What cannot be virtual is told on the board, each by its reason, but only where it would really have to
 * wait. SHIM names the library.
 */
#include "shim/model/board.h"
#include "tests/time/elapsed.h"

#include <aio.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>

enum { WAIT_MS = 20 };

static struct board *map_board(const char *path)
{
    int fd = open(path, O_RDWR);
    MUST(fd);
    struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED) {
        printf("# the board cannot be mapped: %s\n", strerror(errno));
        exit(CHECK_FAILED);
    }
    close(fd);
    return board;
}

static uint32_t unseen(void)
{
    struct board *board = map_board(getenv("SOCKFAULT_BOARD"));
    uint32_t bits = atomic_load(&board->unseen);
    munmap(board, sizeof *board);
    return bits;
}

/* The call marks nothing but that reason, and that for sure. */
#define MARKS(reason, call)                                                                                  \
    do {                                                                                                     \
        EXPECT(unseen(), 0);                                                                                 \
        call;                                                                                                \
        EXPECT(unseen(), 1U << UNSEEN_##reason);                                                             \
    } while (0)

static struct timespec soon(void)
{
    return time_in(CLOCK_REALTIME, WAIT_MS);
}

/* Runs the function in a thread, which does not own what the caller locked. */
static long elsewhere(void *(*function)(void *), void *context)
{
    pthread_t thread;
    void *result = NULL;
    EXPECT(pthread_create(&thread, NULL, function, context), 0);
    EXPECT(pthread_join(thread, &result), 0);
    return (long)result;
}

static void *lock_mutex(void *mutex)
{
    struct timespec when = soon();
    return (void *)(long)pthread_mutex_timedlock(mutex, &when);
}

static void mutexes(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct timespec when = soon(), past = {0}, wrong = {0, -1};
    EXPECT(pthread_mutex_timedlock(&mutex, &when), 0);
    EXPECT(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT);
    EXPECT(pthread_mutex_timedlock(&mutex, &wrong), EINVAL);
    MARKS(MUTEX_TIMEDLOCK, EXPECT(elsewhere(lock_mutex, &mutex), ETIMEDOUT));
}

static void *lock_for_reading(void *lock)
{
    struct timespec when = soon();
    return (void *)(long)pthread_rwlock_timedrdlock(lock, &when);
}

static void rwlocks(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    struct timespec when = soon();
    EXPECT(pthread_rwlock_timedrdlock(&lock, &when), 0);
    EXPECT(elsewhere(lock_for_reading, &lock), 0);
    EXPECT(pthread_rwlock_unlock(&lock), 0);
    EXPECT(pthread_rwlock_unlock(&lock), 0);
    EXPECT(pthread_rwlock_timedwrlock(&lock, &when), 0);
    MARKS(RWLOCK_TIMEDLOCK, EXPECT(elsewhere(lock_for_reading, &lock), ETIMEDOUT));
}

static void *hold(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static void joins(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct timespec when = soon();
    pthread_t thread;
    pthread_mutex_lock(&mutex);
    EXPECT(pthread_create(&thread, NULL, hold, &mutex), 0);
    MARKS(TIMED_JOIN, EXPECT(pthread_timedjoin_np(thread, NULL, &when), ETIMEDOUT));
    pthread_mutex_unlock(&mutex);
    EXPECT(pthread_join(thread, NULL), 0);
}

static void queues(void)
{
    char name[64], text[16];
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = sizeof text};
    struct timespec when = soon();
    snprintf(name, sizeof name, "/sockfault-%d", getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
    if (queue < 0) {
        printf("# no message queues: %s\n", strerror(errno));
        exit(77);
    }
    mq_unlink(name);
    EXPECT(mq_timedsend(queue, "a", 1, 0, &when), 0);
    EXPECT(mq_timedreceive(queue, text, sizeof text, NULL, &when), 1);
    MARKS(MESSAGE_QUEUE, EXPECT_ERROR(mq_timedreceive(queue, text, sizeof text, NULL, &when), ETIMEDOUT));
}

static void sets(void)
{
    struct timespec time = time_of_ms(WAIT_MS);
    struct sembuf down = {.sem_op = -1}, up = {.sem_op = 1};
    int set = semget(IPC_PRIVATE, 1, 0600);
    MUST(set);
    EXPECT(semtimedop(set, &up, 1, &time), 0);
    EXPECT(semtimedop(set, &down, 1, &time), 0);
    EXPECT_ERROR(semtimedop(set, &down, 1, &(struct timespec){0}), EAGAIN);
    MARKS(SEMTIMEDOP, EXPECT_ERROR(semtimedop(set, &down, 1, &time), EAGAIN));
    semctl(set, 0, IPC_RMID);
}

static void aio(void)
{
    struct timespec time = time_of_ms(WAIT_MS);
    char byte;
    int ends[2];
    MUST(pipe(ends));
    struct aiocb block = {.aio_fildes = ends[0], .aio_buf = &byte, .aio_nbytes = 1};
    const struct aiocb *list[] = {&block};
    MUST(aio_read(&block));
    MARKS(AIO_SUSPEND, EXPECT_ERROR(aio_suspend(list, 1, &time), EAGAIN));
    EXPECT(write(ends[1], "x", 1), 1);
    EXPECT(aio_suspend(list, 1, NULL), 0);
}

static void raw_sleeps(void)
{
    int epoll = epoll_create1(0);
    struct epoll_event event;
    MUST(epoll);
    EXPECT(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, NULL, 8), 0);
    EXPECT(syscall(SYS_ppoll, NULL, 0, &(struct timespec){0}, NULL, 8), 0);
    MARKS(RAW_SLEEP, EXPECT(syscall(SYS_epoll_pwait, epoll, &event, 1, WAIT_MS, NULL, 8), 0));
}

static void raw_timers(void)
{
    struct itimerval value = {.it_value = {.tv_sec = 1000}};
    MARKS(RAW_TIMER, EXPECT(syscall(SYS_setitimer, ITIMER_REAL, &value, NULL), 0));
}

static void adjustments(void)
{
    struct timex state = {0};
    MARKS(RAW_CLOCK, MUST(adjtimex(&state)));
}

/* Starts itself again with SHIM preloaded, on a board where time is virtual and nobody advances it. */
static void start_with_board(char **argv)
{
    char path[] = "/tmp/sockfault-marks-XXXXXX";
    int fd = mkstemp(path), status = -1;
    MUST(fd);
    MUST(ftruncate(fd, sizeof(struct board)));
    struct board *board = map_board(path);
    board->magic = BOARD_MAGIC;
    board->version = BOARD_VERSION;
    board->size = sizeof *board;
    atomic_store(&board->flags, BOARD_VIRTUAL);
    MUST(setenv("SOCKFAULT_BOARD", path, 1));
    MUST(setenv("LD_PRELOAD", getenv("SHIM"), 1));
    pid_t child = fork();
    if (child == 0)
        _exit(execv("/proc/self/exe", argv) ? 126 : 0);
    EXPECT(waitpid(child, &status, 0), child);
    unlink(path);
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : CHECK_FAILED);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"mutexes", mutexes},
        {"rwlocks", rwlocks},
        {"joins", joins},
        {"queues", queues},
        {"sets", sets},
        {"aio", aio},
        {"raw-sleeps", raw_sleeps},
        {"raw-timers", raw_timers},
        {"adjustments", adjustments},
    };
    if (getenv("SHIM") && !getenv("SOCKFAULT_BOARD"))
        start_with_board(argv);
    return check_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
