/*
 * Eight threads that send and receive until standard input ends, and count how many receives were cut, for
 * rules that come and go meanwhile: what fired must be just that. Prints "ready" once all are at it.
 */
#include "tests/shim/check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

enum { THREADS = 8, WARM = 100 };

static struct {
    atomic_bool over;
    atomic_int warm;
} hammer;

static void *receive_much(void *unused)
{
    uintptr_t cut = 0;
    int ends[2];
    (void)unused;
    make_pair(SOCK_STREAM, ends);
    for (int i = 1; !atomic_load(&hammer.over); i++) {
        char buf[8];
        MUST(send(ends[1], "12345678", 8, 0));
        ssize_t n = recv(ends[0], buf, 4, 0);
        CHECK(n == 1 || n == 4, "a receive gave %zd", n);
        CHECK(buf[0] == '1', "it begins with '%c'", buf[0]);
        cut += n == 1;
        for (ssize_t rest = 8 - n; rest > 0; rest -= n)
            MUST(n = read(ends[0], buf, (size_t)rest));
        if (i == WARM)
            atomic_fetch_add(&hammer.warm, 1);
    }
    close_both(ends);
    return (void *)cut;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned long sum = 0;
    char byte;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, receive_much, NULL) == 0, "no thread");
    while (atomic_load(&hammer.warm) < THREADS)
        sched_yield();
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    atomic_store(&hammer.over, true);
    for (int i = 0; i < THREADS; i++) {
        void *cut;
        pthread_join(threads[i], &cut);
        sum += (uintptr_t)cut;
    }
    printf("%lu cut\n", sum);
    return check_failures ? CHECK_FAILED : 0;
}
