/* A board that serves another experiment. */
#include "harness/run/lasting/board_again.h"
#include "shim/model/expr.h"
#include "shim/model/threads.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SERVER = 100, CLIENT = 200, WORKER = 101 };

static struct board *board;
static struct board_mark mark;
static struct rule rules[2];

static bool is_server(void *context, pid_t pid)
{
    (void)context;
    return pid == SERVER;
}

static bool nobody_is_dead(int32_t pid, int32_t tid)
{
    (void)pid, (void)tid;
    return false;
}

static struct board_process *says_hello(const char *name, pid_t pid)
{
    struct board_process *process = board_process_claim(board, pid);
    cr_assert_not_null(process);
    atomic_store(&process->role, board_role(board, name));
    atomic_store(&process->state, BOARD_PROCESS_HELLO);
    cr_assert_not_null(board_thread_claim(board, pid, pid, nobody_is_dead));
    return process;
}

/* As one is in an experiment: a file on tmpfs. */
static void begin(void)
{
    struct expr_error error;
    int fd = memfd_create("board", MFD_CLOEXEC);
    cr_assert(fd >= 0 && ftruncate(fd, sizeof *board) == 0);
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    cr_assert_neq((void *)board, MAP_FAILED);
    cr_assert_eq(expr_parse("client/recv:short=1;client/send:short=1", rules, 2, &error), 2);
    board_init(board, rules, 2, 1, BOARD_TRACING, 1000);
    says_hello("server", SERVER);
    atomic_store(&board->roles[0].calls[CALL_accept], 1);
    cr_assert(board_mark_take(board, &mark));
    says_hello("client", CLIENT);
}

static void end(void)
{
    board_mark_free(&mark);
    munmap(board, sizeof *board);
}

TestSuite(board_again, .init = begin, .fini = end);

static void use_again(void)
{
    board_again(board, &mark, is_server, NULL, &rules[1], 1, 7, 5000);
}

Test(board_again, who_was_there_stays_and_has_done_what_it_had)
{
    atomic_store(&board->roles[0].calls[CALL_accept], 9);
    atomic_store(&board->roles[0].connections, 4);
    use_again();
    cr_expect_eq(board_role(board, "server"), 0);
    cr_expect_eq(atomic_load(&board->roles[0].calls[CALL_accept]), 1);
    cr_expect_eq(atomic_load(&board->roles[0].connections), 0);
    cr_expect_eq(atomic_load(&board->processes[0].pid), SERVER);
    cr_expect_eq(atomic_load(&board->processes[0].state), BOARD_PROCESS_HELLO);
    cr_expect_eq(atomic_load(&board->threads[0].tid), SERVER);
}

Test(board_again, of_who_came_later_nothing_is_left)
{
    atomic_store(&board->roles[1].bytes_sent, 5);
    use_again();
    cr_expect_eq(atomic_load(&board->processes[1].state), BOARD_PROCESS_FREE);
    cr_expect_eq(atomic_load(&board->threads_end), 1);
    cr_expect_eq(atomic_load(&board->threads[1].tid), 0);
    struct board_process *next = says_hello("client", CLIENT + 1);
    cr_expect_eq(atomic_load(&next->role), 1);
    cr_expect_eq(atomic_load(&board->roles[1].bytes_sent), 0);
}

Test(board_again, a_thread_that_a_server_made_meanwhile_stays)
{
    struct board_thread *made = board_thread_claim(board, WORKER, SERVER, nobody_is_dead);
    use_again();
    cr_expect_eq(atomic_load(&made->tid), WORKER);
    cr_expect_eq(atomic_load(&board->threads_end), 3);
    cr_expect_eq(atomic_load(&board->threads[1].tid), 0, "the client's");
}

Test(board_again, rules_are_the_next_ones_and_have_done_nothing_yet)
{
    atomic_store(&board->counts[0].fired, 3);
    atomic_store(&board->counts[1].matched, 3);
    for (uint64_t key = 1; key < 3 * BOARD_COUNTERS; key += 97)
        board_count(board, key);
    atomic_store(&board->counters_lost, 0);
    atomic_store(&board->paused, 1);
    use_again();
    cr_expect_eq(board_rules(board), 1);
    cr_expect_str_eq(board->rules[0].text, rules[1].text);
    cr_expect_eq(board->seed, 7);
    cr_expect_eq(atomic_load(&board->began_ns), 5000);
    cr_expect_eq(atomic_load(&board->paused), 0);
    cr_expect(atomic_load(&board->counts[0].fired) == 0 && atomic_load(&board->counts[1].matched) == 0);
    for (size_t i = 0; i < BOARD_COUNTERS; i++)
        cr_assert_eq(atomic_load(&board->counters[i].key), 0, "counter %zu is left", i);
}

Test(board_again, who_was_deaf_is_forgotten)
{
    atomic_store(&board->silenced, BOARD_SILENCED);
    atomic_store(&board->deaf[0], 77);
    atomic_store(&board->deaf_end, 1);
    use_again();
    cr_expect(atomic_load(&board->silenced) == 0 && atomic_load(&board->deaf_end) == 0 &&
              atomic_load(&board->deaf[0]) == 0);
}

Test(board_again, what_would_last_is_seen)
{
    cr_expect(board_unchanged(board, &mark));
    atomic_store(&board->timers_end, 1);
    cr_expect_not(board_unchanged(board, &mark));
    atomic_store(&board->timers_end, 0);
    atomic_store(&board->kernel_timers, 1);
    cr_expect_not(board_unchanged(board, &mark));
    atomic_store(&board->kernel_timers, 0);
    atomic_store(&board->silenced, BOARD_SILENCED);
    cr_expect(board_unchanged(board, &mark));
    atomic_store(&board->silenced, BOARD_FILTERED);
    cr_expect_not(board_unchanged(board, &mark));
}

Test(board_again, a_program_that_was_executed_meanwhile_is_seen)
{
    atomic_store(&board->processes[0].image, 7);
    cr_expect_not(board_unchanged(board, &mark));
    atomic_store(&board->processes[0].image, 0);
    atomic_store(&board->processes[0].module_set, 3);
    cr_expect_not(board_unchanged(board, &mark));
    atomic_store(&board->processes[0].module_set, 0);
    atomic_store(&board->processes[1].image, 9);
    cr_expect(board_unchanged(board, &mark), "the client's");
}

Test(board_again, an_alarm_that_was_set_meanwhile_is_seen)
{
    atomic_store(&board->alarms[0].deadline_ns, BOARD_NEVER);
    atomic_store(&board->alarms[0].pid, SERVER);
    cr_expect(board_unchanged(board, &mark));
    timer_arm(&board->alarms[0], 9000, 0);
    cr_expect_not(board_unchanged(board, &mark));
    timer_arm(&board->alarms[0], BOARD_NEVER, 0);
    atomic_store(&board->alarms[1].pid, CLIENT);
    timer_arm(&board->alarms[1], 9000, 0);
    cr_expect(board_unchanged(board, &mark), "the client's");
}

Test(board_again, what_cannot_be_virtual_is_no_matter_of_who_comes_next)
{
    atomic_store(&board->unseen, 1);
    cr_expect_not(board_unchanged(board, &mark));
}
