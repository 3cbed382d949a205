#include "harness/run/watch/bell.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct board *board;
static struct bell bell;

static void begin(void)
{
    struct diag diag = {0};
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(board, MAP_FAILED);
    cr_assert(bell_start(&bell, board, &diag), "%s", diag.text);
}

TestSuite(bell, .init = begin, .timeout = 20);

/* As the shim does. */
static void ring(void)
{
    atomic_fetch_add(&board->bell, 1);
    syscall(SYS_futex, &board->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool rang(int patience_ms)
{
    struct pollfd fd = {.fd = bell.fd, .events = POLLIN};
    return poll(&fd, 1, patience_ms) == 1;
}

Test(bell, is_silent_until_it_is_rung)
{
    cr_expect_not(rang(0));
    ring();
    cr_expect(rang(10000));
    bell_stop(&bell);
    cr_expect_eq(bell.fd, -1);
}

Test(bell, every_ring_is_heard)
{
    uint64_t count;
    for (int i = 0; i < 100; i++) {
        ring();
        cr_assert(rang(10000), "ring %d", i);
        cr_assert_eq(read(bell.fd, &count, sizeof count), (ssize_t)sizeof count);
    }
    bell_stop(&bell);
}

Test(bell, one_that_is_rung_without_pause_can_be_stopped)
{
    pid_t ringer = fork();
    while (ringer == 0)
        ring();
    cr_expect(rang(10000));
    bell_stop(&bell);
    kill(ringer, SIGKILL);
}

Test(bell, stopping_twice_is_stopping_once)
{
    bell_stop(&bell);
    bell_stop(&bell);
    cr_expect_eq(bell.fd, -1);
}
