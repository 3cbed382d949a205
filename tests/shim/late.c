/* After an injected end of file nothing comes any more, though the peer writes all the while. */
#include "tests/shim/check.h"

#include <pthread.h>

enum { ROUNDS = 200, RECEIVES = 20 };

/* Writes until that fails or the other end is done: a byte is always on its way. */
static void *write_on(void *end)
{
    int fd = *(int *)end;
    while (send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || errno == EAGAIN)
        pthread_testcancel();
    return NULL;
}

/* One connection a round: whatever is in the air, the second receive meets the end and gives 0, and so do all
 * after it. */
static void nothing_after_the_end(void (*make)(int ends[2]))
{
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2];
        pthread_t writer;
        char buf[16];
        make(ends);
        CHECK(pthread_create(&writer, NULL, write_on, &ends[1]) == 0, "no thread");
        CHECK(recv(ends[0], buf, 1, 0) == 1, "the writer has not begun");
        for (int i = 0; i < RECEIVES; i++)
            EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
        pthread_cancel(writer);
        pthread_join(writer, NULL);
        close(ends[0]);
        close(ends[1]);
    }
}

static void make_local(int ends[2])
{
    make_pair(SOCK_STREAM, ends);
}

static void over_tcp(void)
{
    nothing_after_the_end(make_tcp);
}

static void over_local(void)
{
    nothing_after_the_end(make_local);
}

CHECK_MAIN({"tcp", over_tcp}, {"local", over_local})
