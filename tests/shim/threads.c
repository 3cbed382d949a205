/* Counts are exact though threads race: 8 threads, many connections, and what fired is counted in the
 * program. */
#include "tests/shim/check.h"

#include <pthread.h>
#include <stdint.h>

enum { THREADS = 8, CONNECTIONS = 200, RECEIVES = 2 };

/* Connections are numbered as they are made: made in pairs, one end has the odd numbers whatever threads do.
 */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/* How many of the receives of one thread were cut. Each connection carries enough for all of them. */
static void *receive_much(void *unused)
{
    uintptr_t cut = 0;
    (void)unused;
    for (int i = 0; i < CONNECTIONS; i++) {
        int ends[2];
        char buf[4];
        pthread_mutex_lock(&making);
        make_pair(SOCK_STREAM, ends);
        pthread_mutex_unlock(&making);
        MUST(send(ends[1], "12345678", 8, 0));
        for (int k = 0; k < RECEIVES; k++) {
            ssize_t n = recv(ends[0], buf, sizeof buf, 0);
            CHECK(n == 1 || n == 4, "a receive gave %zd", n);
            cut += n == 1;
        }
        close_both(ends);
    }
    return (void *)cut;
}

static long cut_in_all(void)
{
    pthread_t threads[THREADS];
    long sum = 0;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, receive_much, NULL) == 0, "no thread");
    for (int i = 0; i < THREADS; i++) {
        void *cut;
        pthread_join(threads[i], &cut);
        sum += (long)(uintptr_t)cut;
    }
    return sum;
}

/* recv:short=1:when=100..+7 */
static void steps(void)
{
    EXPECT(cut_in_all(), (THREADS * CONNECTIONS * RECEIVES - 100) / 7 + 1);
}

/* recv:short=1:times=37 */
static void times(void)
{
    EXPECT(cut_in_all(), 37);
}

/* recv:short=1:scope=connection:when=2 */
static void connections(void)
{
    EXPECT(cut_in_all(), THREADS * CONNECTIONS);
}

/* recv:short=1:scope=thread:when=3 */
static void each_thread(void)
{
    EXPECT(cut_in_all(), THREADS);
}

/* recv:short=1:chance=10%: the number is printed, and must be the same in every run with that seed. */
static void chance(void)
{
    long cut = cut_in_all();
    CHECK(cut > 200 && cut < 440, "10%% of 3200 came out as %ld", cut);
    printf("%ld\n", cut);
}

CHECK_MAIN({"steps", steps}, {"times", times}, {"connections", connections}, {"each-thread", each_thread},
           {"chance", chance})
