/* Whether processes rest, with a board that is written by hand. */
#include "harness/clock.h"
#include "harness/quiet/advance.h"
#include "harness/quiet/quiet.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct world {
    struct board *board;
    struct quiet quiet;
    pid_t child;
};

static struct world begin(void (*child)(struct board *board))
{
    struct world world = {
        .board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    cr_assert(world.board != MAP_FAILED);
    board_init(world.board, NULL, 0, 1, BOARD_WATCHED | BOARD_VIRTUAL, clock_ns());
    world.quiet.scope = (struct quiet_scope){.board = world.board, .of = {.root = getpid()}};
    world.child = fork();
    if (world.child == 0) {
        closefrom(0); /* the test runner's, which lead to somebody else */
        child(world.board);
        _exit(0);
    }
    return world;
}

static void says_hello(struct world *world)
{
    struct board_process *process = board_process_claim(world->board, world->child);
    atomic_store(&process->image, getauxval(AT_RANDOM));
    atomic_store(&process->state, BOARD_PROCESS_HELLO);
}

static void publish(struct world *world, int64_t deadline_ns)
{
    struct board_thread *thread = &world->board->threads[5];
    atomic_store(&world->board->threads_end, 6);
    atomic_store(&thread->tid, world->child);
    atomic_store(&thread->pid, world->child);
    atomic_store(&thread->deadline_ns, deadline_ns);
    atomic_store(&thread->wait, BOARD_WAIT(1, 0));
}

static enum quiet_state settled(struct world *world, enum quiet_state wanted, struct quiet_answer *ret)
{
    int64_t until = clock_ns() + 2 * NS_PER_S;
    do
        quiet_look(&world->quiet, ret);
    while (ret->state != wanted && clock_ns() < until);
    return ret->state;
}

static void end(struct world *world)
{
    kill(world->child, SIGKILL);
    waitpid(world->child, NULL, 0);
    quiet_free(&world->quiet);
}

static void pauses(struct board *board)
{
    (void)board;
    for (;;)
        pause();
}

static void spins(struct board *board)
{
    for (;;)
        atomic_load(&board->bell);
}

static void sleeps_long(struct board *board)
{
    (void)board;
    syscall(SYS_nanosleep, &(struct timespec){.tv_sec = 1000}, NULL);
}

/* To whom no signal comes. */
static void sleeps_deaf(struct board *board)
{
    uint64_t all = ~UINT64_C(0);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, NSIG / 8);
    sleeps_long(board);
}

Test(quiet_rest, one_that_waits_for_a_signal_waits_for_ever)
{
    struct world world = begin(pauses);
    struct quiet_answer answer;
    says_hello(&world);
    cr_expect_eq(settled(&world, QUIET_REST, &answer), QUIET_REST);
    cr_expect_eq(answer.due_ns, BOARD_NEVER);
    end(&world);
}

Test(quiet_rest, one_that_is_not_under_the_shim_is_not_seen)
{
    struct world world = begin(pauses);
    struct quiet_answer answer;
    cr_expect_eq(settled(&world, QUIET_UNSEEN, &answer), QUIET_UNSEEN);
    cr_expect(answer.stranger);
    cr_expect_eq(answer.pid, world.child);
    end(&world);
}

Test(quiet_rest, another_program_in_the_place_of_one_that_was_seen_is_not)
{
    struct world world = begin(pauses);
    struct quiet_answer answer;
    says_hello(&world);
    atomic_store(&world.board->processes[0].image, 42);
    cr_expect_eq(settled(&world, QUIET_UNSEEN, &answer), QUIET_UNSEEN);
    end(&world);
}

Test(quiet_rest, one_that_runs_is_busy)
{
    struct world world = begin(spins);
    struct quiet_answer answer;
    says_hello(&world);
    for (int i = 0; i < 100; i++) {
        quiet_look(&world.quiet, &answer);
        cr_expect_eq(answer.state, QUIET_BUSY);
    }
    end(&world);
}

Test(quiet_rest, a_sleep_that_was_not_told_of_is_not_seen)
{
    struct world world = begin(sleeps_long);
    struct quiet_answer answer;
    says_hello(&world);
    cr_expect_eq(settled(&world, QUIET_UNSEEN, &answer), QUIET_UNSEEN);
    cr_expect_not(answer.stranger);
    cr_expect_eq(answer.number, SYS_nanosleep);
    end(&world);
}

Test(quiet_rest, a_sleep_that_was_told_of_is_due)
{
    struct world world = begin(sleeps_long);
    struct quiet_answer answer;
    int64_t due = clock_ns() + 1000 * NS_PER_S;
    says_hello(&world);
    publish(&world, due);
    cr_expect_eq(settled(&world, QUIET_REST, &answer), QUIET_REST);
    cr_expect_eq(answer.due_ns, due);
    cr_expect_eq(advance_due(world.board), due);
    advance_to(world.board, due);
    cr_expect_geq(advance_now(world.board), due);
    int64_t ahead = atomic_load(&world.board->offset_ns);
    advance_to(world.board, due - NS_PER_S);
    cr_expect_eq(atomic_load(&world.board->offset_ns), ahead, "it never goes back");
    end(&world);
}

Test(quiet_rest, a_child_that_has_ended_is_news)
{
    struct world world = begin(pauses);
    struct quiet_answer answer;
    siginfo_t info;
    says_hello(&world);
    kill(world.child, SIGKILL);
    waitid(P_PID, (id_t)world.child, &info, WEXITED | WNOWAIT);
    quiet_look(&world.quiet, &answer);
    cr_expect_eq(answer.state, QUIET_BUSY);
    end(&world);
}

Test(quiet_rest, who_is_due_is_woken_once_and_once_more_if_it_sleeps_on)
{
    struct world world = begin(sleeps_deaf);
    struct quiet_answer answer;
    struct board_thread *thread = &world.board->threads[5];
    says_hello(&world);
    publish(&world, clock_ns() + NS_PER_S);
    advance_wake(world.board, false);
    cr_expect_eq(BOARD_WAIT_KICKS(atomic_load(&thread->wait)), 0, "not yet");
    cr_expect_eq(settled(&world, QUIET_REST, &answer), QUIET_REST); /* it has blocked them by then */
    atomic_store(&thread->deadline_ns, clock_ns() - 1);
    advance_wake(world.board, false);
    advance_wake(world.board, false);
    cr_expect_eq(BOARD_WAIT_KICKS(atomic_load(&thread->wait)), 1);
    advance_wake(world.board, true);
    cr_expect_eq(BOARD_WAIT_KICKS(atomic_load(&thread->wait)), 1, "the first has not arrived yet");
    atomic_store(&thread->arrived, 1);
    advance_wake(world.board, true);
    cr_expect_eq(BOARD_WAIT_KICKS(atomic_load(&thread->wait)), 2);
    cr_expect_eq(BOARD_WAIT_NUMBER(atomic_load(&thread->wait)), 1);
    end(&world);
}

Test(quiet_rest, a_kick_that_cannot_be_sent_is_not_waited_for)
{
    struct world world = begin(pauses);
    struct board_thread *thread = &world.board->threads[5];
    publish(&world, clock_ns() - 1);
    atomic_store(&thread->tid, 0x7ffffff0); /* nobody */
    advance_wake(world.board, false);
    cr_expect_eq(BOARD_WAIT_KICKS(atomic_load(&thread->wait)), 1);
    cr_expect_eq(atomic_load(&thread->arrived), 1);
    end(&world);
}
