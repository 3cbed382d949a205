/* Rest as the harness finds it: not before it has had its turn after what the programs did last. */
#include "harness/run/clock.h"
#include "harness/run/rest.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct isolation isolation;
static struct guard guard = {.isolation = &isolation};
static struct result result;
static struct run run = {.guard = &guard, .result = &result, .is_virtual = true};
static pid_t child;

static void handler(int signo)
{
    (void)signo;
}

static void begin(void)
{
    run.board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(run.board != MAP_FAILED);
    board_init(run.board, NULL, 0, 1, BOARD_WATCHED | BOARD_VIRTUAL, clock_ns());
    child = fork();
    if (child == 0) {
        closefrom(0); /* the test runner's, which lead to somebody else */
        signal(SIGUSR1, handler);
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

/* Looks as soon as it is time to; how many looks it takes until they rest, 0: more than there is time for. */
static int looks_until_rest(void)
{
    struct quiet_answer answer;
    int64_t until = clock_ns() + 5 * NS_PER_S;
    for (int looks = 0, rested = 0; clock_ns() < until;) {
        int64_t left = rest_next_ns(&run) - clock_ns();
        if (left > 0)
            nanosleep(&(struct timespec){.tv_nsec = left}, NULL);
        bool rests = rest_look(&run, &answer);
        looks += rested || answer.state == QUIET_REST;
        rested = looks > 0;
        if (rests)
            return looks;
    }
    return 0;
}

Test(rest, it_is_found_twice_before_it_counts, .init = begin, .fini = end)
{
    cr_expect_eq(looks_until_rest(), 2);
    cr_expect_eq(looks_until_rest(), 1, "nobody has stirred since");
}

Test(rest, who_has_stirred_is_looked_at_anew, .init = begin, .fini = end)
{
    cr_assert_eq(looks_until_rest(), 2);
    kill(child, SIGUSR1);
    cr_expect_geq(looks_until_rest(), 2);
}
