/* A thread that is blocked in a call can still be cancelled, and the next thread goes on as usual. Run with
 * recv:short=1. */
#include "tests/shim/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static int ends[2];
static atomic_int tid, cleaned;

static void clean(void *unused)
{
    (void)unused;
    cleaned++;
}

static void *blocked_in_recv(void *unused)
{
    char buf[4];
    pthread_cleanup_push(clean, NULL);
    tid = gettid();
    recv(ends[0], buf, sizeof buf, 0);
    pthread_cleanup_pop(0);
    return unused;
}

static void *blocked_in_poll(void *unused)
{
    pthread_cleanup_push(clean, NULL);
    tid = gettid();
    poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, -1);
    pthread_cleanup_pop(0);
    return unused;
}

/* Some machines have ppoll alone. */
static bool is_poll(long call)
{
#ifdef SYS_poll
    return call == SYS_poll;
#else
    return call == SYS_ppoll;
#endif
}

/* Whether the thread has come to a call and sleeps there; the kernel says "recvfrom" and "poll" by number. */
static bool sleeps(void)
{
    char path[64], line[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
    int fd = open(path, O_RDONLY);
    (void)!read(fd, line, sizeof line - 1);
    close(fd);
    long call = strtol(line, NULL, 10);
    return tid > 0 && line[0] != 'r' && (call == SYS_recvfrom || is_poll(call));
}

static void cancel(void *(*run)(void *))
{
    pthread_t thread;
    void *result;
    tid = 0;
    CHECK(pthread_create(&thread, NULL, run, NULL) == 0, "no thread");
    while (!sleeps())
        sched_yield();
    CHECK(pthread_cancel(thread) == 0, "not cancelled");
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED, "it ended some other way");
}

static void in_calls(void)
{
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    for (int i = 0; i < 20; i++)
        cancel(i % 2 ? blocked_in_recv : blocked_in_poll);
    EXPECT(cleaned, 20);
    MUST(send(ends[1], "abcd", 4, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
}

CHECK_MAIN({"calls", in_calls})
