/*
 * A program of the plainest kind, for every way to start one: with a sanitizer, valgrind, gdb, static. It
 * tells how many receives it took to get ten bytes.
 */
#include "tests/shim/check.h"

static void count(void)
{
    int ends[2], receives = 0;
    char *buf = malloc(10);
    ssize_t all = 0, n;
    make_tcp(ends);
    MUST(send(ends[1], "0123456789", 10, 0));
    for (; all < 10; all += n, receives++)
        MUST(n = recv(ends[0], buf + all, 10 - (size_t)all, 0));
    printf("%d receives, %.10s\n", receives, buf);
    free(buf);
    close_both(ends);
}

CHECK_MAIN({"count", count})
