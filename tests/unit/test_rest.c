/* Rest as the harness finds it: not before it has had its turn after what the programs did last. */
#include "harness/clock.h"
#include "harness/run/watch/rest.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct isolation isolation;
static struct guard guard = {.isolation = &isolation};
static struct result result;
static struct experiment experiment;
static struct run_options options;
static struct run run = {
    .experiment = &experiment, .options = &options, .guard = &guard, .result = &result, .is_virtual = true};
static pid_t child;
static _Atomic uint32_t *handled; /* signals the child has handled; 1 more, once it can */

static void handler(int signo)
{
    (void)signo;
    atomic_fetch_add(handled, 1);
}

static void begin(void)
{
    run.board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(run.board != MAP_FAILED);
    board_init(run.board, NULL, 0, 1, BOARD_WATCHED | BOARD_VIRTUAL, clock_ns());
    handled = mmap(NULL, sizeof *handled, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(handled != MAP_FAILED);
    child = fork();
    if (child == 0) {
        closefrom(0); /* the test runner's, which lead to somebody else */
        signal(SIGUSR1, handler);
        atomic_fetch_add(handled, 1);
        for (;;)
            pause();
    }
    struct board_process *process = board_process_claim(run.board, child);
    atomic_store(&process->image, getauxval(AT_RANDOM));
    atomic_store(&process->state, BOARD_PROCESS_HELLO);
    rest_begin(&run);
}

static void end(void)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    rest_end(&run);
}

/* Asks as soon as it is time to. Whether they rest. */
static bool ask(void)
{
    struct quiet_answer answer;
    int64_t left = rest_next_ns(&run) - clock_ns();
    if (left > 0)
        nanosleep(&(struct timespec){.tv_nsec = left}, NULL);
    return rest_look(&run, &answer);
}

/* How often it has to be asked until they do; 0: more often than there is time for. */
static int asked_until_rest(void)
{
    int64_t until = clock_ns() + 5 * NS_PER_S;
    for (int asked = 1; clock_ns() < until; asked++)
        if (ask())
            return asked;
    return 0;
}

static void stir(void)
{
    uint32_t before = atomic_load(handled);
    int64_t until = clock_ns() + 5 * NS_PER_S;
    kill(child, SIGUSR1);
    while (atomic_load(handled) == before && clock_ns() < until)
        sched_yield();
}

static void wait_until_it_can(void)
{
    int64_t until = clock_ns() + 5 * NS_PER_S;
    while (atomic_load(handled) == 0 && clock_ns() < until)
        sched_yield();
}

Test(rest, it_is_found_twice_before_it_counts, .init = begin, .fini = end, .timeout = 30)
{
    cr_expect_geq(asked_until_rest(), 2);
    cr_expect_geq(asked_until_rest(), 2, "each time anew");
}

Test(rest, who_stirs_in_between_does_not_rest, .init = begin, .fini = end, .timeout = 30)
{
    wait_until_it_can();
    for (int i = 0; i < 20; i++) {
        cr_expect(!ask());
        stir();
    }
    cr_expect_geq(asked_until_rest(), 2);
}

Test(rest, what_the_harness_heard_in_between_comes_first, .init = begin, .fini = end, .timeout = 30)
{
    int rests = 0;
    wait_until_it_can();
    for (int i = 0; i < 100; i++) {
        rests += ask();
        rest_stir(&run);
    }
    cr_expect_eq(rests, 0);
    cr_expect_geq(asked_until_rest(), 2);
}

/* What is just about to wake has time to: of twenty times at least one in which nobody held us up before it
 * could be seen. */
Test(rest, there_is_a_moment_in_between, .init = begin, .fini = end, .timeout = 30)
{
    int64_t longest = 0;
    wait_until_it_can();
    for (int i = 0; i < 20; i++) {
        int64_t left = 0;
        for (int asked = 0; asked < 1000 && !ask(); asked++)
            left = rest_next_ns(&run) - clock_ns();
        longest = left > longest ? left : longest;
    }
    cr_expect_geq(longest, QUIET_MOMENT_NS / 2);
    cr_expect_leq(longest, QUIET_MOMENT_NS);
}
