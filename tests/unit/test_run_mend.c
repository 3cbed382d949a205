#include "harness/run/watch/mend.h"
#include "shim/model/board.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char path[] = "/tmp/sockfault-test-XXXXXX";
static struct board *board;

static void begin(void)
{
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(ftruncate(fd, sizeof *board), 0);
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert_neq(board, MAP_FAILED);
    close(fd);
}

static void end(void)
{
    unlink(path);
}

TestSuite(mend, .init = begin, .fini = end);

Test(mend, a_whole_board_is_no_trouble)
{
    mend_begin();
    board_init(board, NULL, 0, 5, 0, 1);
    cr_expect_null(mend_trouble(board, path));
    board->magic++;
    cr_expect_not_null(mend_trouble(board, path), "it was written over");
    board->magic--;
    unlink(path);
    cr_expect_null(mend_trouble(board, path), "what is mapped is still there");
}

Test(mend, what_was_cut_off_reads_as_zeros_and_is_told)
{
    board->seed = 5;
    board->rule_count = 5;
    mend_begin();
    cr_assert_eq(truncate(path, 0), 0);
    cr_expect_eq(board->seed, 0);
    board->rule_count = 7;
    cr_expect_eq(board->rule_count, 7);
    cr_expect_not_null(mend_trouble(board, path));
    cr_expect_eq(truncate(path, sizeof *board), 0);
    cr_expect_not_null(mend_trouble(board, path), "there was a hole, though there is none now");
}

Test(mend, a_bus_error_that_is_no_hole_ends_the_process, .signal = SIGBUS)
{
    mend_begin();
    end(); /* it will not be called */
    raise(SIGBUS);
}
