/* A thread that is blocked in a call can still be cancelled, and the next thread goes on as usual. Run with
 * recv:short=1. */
#include "tests/shim/check.h"

#include <pthread.h>

static int ends[2];
static int cleaned;

static void clean(void *unused)
{
    (void)unused;
    cleaned++;
}

static void *blocked_in_recv(void *unused)
{
    char buf[4];
    pthread_cleanup_push(clean, NULL);
    recv(ends[0], buf, sizeof buf, 0);
    pthread_cleanup_pop(0);
    return unused;
}

static void *blocked_in_poll(void *unused)
{
    pthread_cleanup_push(clean, NULL);
    poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, -1);
    pthread_cleanup_pop(0);
    return unused;
}

/* A name for the kernel's list of what a thread waits in, read until it says that it sleeps. */
static void cancel(void *(*run)(void *))
{
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, run, NULL) == 0, "no thread");
    CHECK(pthread_cancel(thread) == 0, "not cancelled");
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED, "it ended some other way");
}

static void in_calls(void)
{
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    for (int i = 0; i < 200; i++)
        cancel(i % 2 ? blocked_in_recv : blocked_in_poll);
    CHECK(cleaned > 0, "no thread had come to its call");
    MUST(send(ends[1], "abcd", 4, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
}

CHECK_MAIN({"calls", in_calls})
