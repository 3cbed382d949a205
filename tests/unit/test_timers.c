/* Timers on the board: what is left of one, when it expires and how often, and whose it is. */
#include "shim/model/board.h"

#include "harness/quiet/timers.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PID = 4711, OTHER = 4712 };

static struct board *made(void)
{
    struct board *board = calloc(1, sizeof *board);
    cr_assert_not_null(board);
    board_init(board, NULL, 0, 1, BOARD_VIRTUAL, 1);
    return board;
}

static struct board_timer *added(struct board *board, pid_t pid, int signo, uint64_t handle)
{
    struct timer_facts facts = {.signo = signo, .handle = handle};
    cr_assert(timer_add(board, pid, &facts));
    struct board_timer *timer = timer_find(board, pid, handle);
    cr_assert_not_null(timer);
    return timer;
}

Test(timers, is_found_by_its_process_and_handle)
{
    struct board *board = made();
    struct board_timer *first = added(board, PID, SIGUSR1, 0), *second = added(board, PID, SIGUSR1, 1);
    cr_expect_neq(first, second);
    cr_expect_null(timer_find(board, OTHER, 0));
    cr_expect_null(timer_find(board, PID, 2));
    timer_free(first);
    cr_expect_null(timer_find(board, PID, 0));
    cr_expect_eq(timer_find(board, PID, 1), second);
}

Test(timers, no_more_than_there_is_room_for)
{
    struct board *board = made();
    struct timer_facts facts = {.signo = SIGUSR1};
    for (int i = 0; i < BOARD_TIMERS; i++)
        cr_assert(timer_add(board, getpid(), &facts));
    cr_expect_not(timer_add(board, getpid(), &facts));
    timer_free(&board->timers[7]);
    cr_expect(timer_add(board, getpid(), &facts));
    cr_expect_not(timer_add(board, getpid(), &facts));
}

Test(timers, the_places_of_the_dead_are_used_again)
{
    struct board *board = made();
    struct timer_facts facts = {.signo = SIGUSR1};
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    for (int i = 0; i < BOARD_TIMERS; i++)
        cr_assert(timer_add(board, child, &facts));
    cr_expect(timer_add(board, getpid(), &facts));
}

static void expect_setting(const struct board_timer *timer, int64_t now, int64_t left, int64_t interval)
{
    struct timer_setting setting = timer_setting(timer, now);
    cr_expect_eq(setting.left_ns, left, "at %ld: got %ld left, expected %ld", (long)now,
                 (long)setting.left_ns, (long)left);
    cr_expect_eq(setting.interval_ns, interval);
}

Test(timers, what_is_left)
{
    struct board *board = made();
    struct board_timer *timer = added(board, PID, SIGUSR1, 0), *silent = added(board, PID, 0, 1);
    expect_setting(timer, 50, 0, 0);
    timer_arm(timer, 150, 0);
    expect_setting(timer, 50, 100, 0);
    expect_setting(timer, 149, 1, 0);
    expect_setting(timer, 150, 1, 0); /* its signal is about to be sent */
    expect_setting(timer, 900, 1, 0);
    timer_arm(timer, 150, 40);
    expect_setting(timer, 149, 1, 40);
    expect_setting(timer, 150, 40, 40);
    expect_setting(timer, 151, 39, 40);
    expect_setting(timer, 229, 1, 40);
    timer_arm(silent, 150, 0);
    expect_setting(silent, 149, 1, 0);
    expect_setting(silent, 150, 0, 0);
    timer_arm(timer, BOARD_NEVER, 0);
    expect_setting(timer, 50, 0, 0);
}

Test(timers, once)
{
    struct board *board = made();
    struct board_timer *timer = added(board, PID, SIGUSR1, 0);
    cr_expect_eq(timer_expire(timer, INT64_MAX - 1), 0);
    timer_arm(timer, 100, 0);
    cr_expect_eq(timer_expire(timer, 99), 0);
    cr_expect_eq(timer_expire(timer, 100), 1);
    cr_expect_eq(timer_expire(timer, 5000), 0);
}

Test(timers, every_so_often)
{
    struct board *board = made();
    struct board_timer *timer = added(board, PID, SIGUSR1, 0);
    timer_arm(timer, 100, 30);
    cr_expect_eq(timer_expire(timer, 99), 0);
    cr_expect_eq(timer_expire(timer, 100), 1);
    cr_expect_eq(timer->deadline_ns, 130);
    cr_expect_eq(timer_expire(timer, 129), 0);
    cr_expect_eq(timer_expire(timer, 131), 1);
    cr_expect_eq(timer->deadline_ns, 160, "a late one does not make the next late");
    cr_expect_eq(timer_expire(timer, 160 + 3 * 30), 4);
    cr_expect_eq(timer->deadline_ns, 280);
    cr_expect_eq(timer_expire(timer, 280 + 29), 1);
    cr_expect_eq(timer->deadline_ns, 310);
}

Test(timers, of_times_that_do_not_fit)
{
    struct board *board = made();
    struct board_timer *timer = added(board, PID, SIGUSR1, 0);
    timer_arm(timer, INT64_MIN, 1);
    cr_expect_eq(timer_expire(timer, 1000), INT32_MAX);
    cr_expect_eq(timer->deadline_ns, 1001);
    timer_arm(timer, 500, INT64_MAX);
    cr_expect_eq(timer_expire(timer, 1000), 1);
    cr_expect_eq(timer->deadline_ns, BOARD_NEVER);
}

static uint32_t count_armed(struct board *board)
{
    uint32_t index = 0, count = 0;
    while (timer_next(board, &index))
        count++;
    return count;
}

Test(timers, those_that_do_something)
{
    struct board *board = made();
    struct board_process *process = board_process_claim(board, PID);
    struct board_timer *alarm = &board->alarms[process - board->processes];
    timers_begin(board, PID, alarm, false);
    struct board_timer *timer = added(board, PID, SIGUSR1, 0), *silent = added(board, PID, 0, 1);
    cr_expect_eq(count_armed(board), 0);
    timer_arm(silent, 10, 0);
    cr_expect_eq(count_armed(board), 0);
    timer_arm(timer, 10, 0);
    timer_arm(alarm, 10, 0);
    cr_expect_eq(count_armed(board), 2);
    timer_arm(timer, BOARD_NEVER, 0);
    cr_expect_eq(count_armed(board), 1);
    board->timers_end = UINT32_MAX; /* whatever stands there */
    cr_expect_eq(count_armed(board), 1);
}

Test(timers, exec_keeps_the_alarm_alone)
{
    struct board *board = made();
    struct board_timer *alarm = &board->alarms[0];
    timers_begin(board, PID, alarm, true);
    timer_arm(alarm, 100, 20);
    timer_arm(added(board, PID, SIGUSR1, 0), 100, 0);
    timer_arm(added(board, OTHER, SIGUSR1, 0), 100, 0);
    timers_begin(board, PID, alarm, true);
    expect_setting(alarm, 50, 50, 20);
    cr_expect_null(timer_find(board, PID, 0));
    cr_expect_not_null(timer_find(board, OTHER, 0));
}

Test(timers, a_process_that_begins_has_none)
{
    struct board *board = made();
    struct board_timer *alarm = &board->alarms[0];
    timers_begin(board, PID, alarm, true);
    timer_arm(alarm, 100, 20);
    timers_begin(board, PID, alarm, false);
    expect_setting(alarm, 50, 0, 0);
    timer_arm(alarm, 100, 20);
    timers_begin(board, OTHER, alarm, true); /* the place was somebody else's */
    expect_setting(alarm, 50, 0, 0);
}

/* A child that takes signals, with a place on the board. */
static pid_t started(struct board *board, const sigset_t *blocked, struct board_timer **ret_alarm)
{
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_BLOCK, blocked, NULL);
        raise(SIGSTOP);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, NULL, WUNTRACED), child);
    struct board_process *process = board_process_claim(board, child);
    *ret_alarm = &board->alarms[process - board->processes];
    timers_begin(board, child, *ret_alarm, false);
    return child;
}

Test(timers, expire_by_signal, .timeout = 20)
{
    struct board *board = made();
    struct board_timer *alarm;
    sigset_t blocked;
    int status;
    sigemptyset(&blocked);
    pid_t child = started(board, &blocked, &alarm);
    cr_expect_eq(timers_due(board), BOARD_NEVER);
    timer_arm(alarm, 1000, 0);
    cr_expect_eq(timers_due(board), 1000);
    timers_fire(board, 999);
    cr_expect_eq(timers_due(board), 1000);
    timers_fire(board, 1000);
    cr_expect_eq(timers_due(board), BOARD_NEVER);
    kill(child, SIGCONT);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

Test(timers, rest_while_their_signal_is_pending, .timeout = 20)
{
    struct board *board = made();
    struct board_timer *alarm;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    pid_t child = started(board, &blocked, &alarm);
    timer_arm(alarm, 1000, 10);
    timers_fire(board, 1000);
    cr_expect_eq(timers_due(board), BOARD_NEVER);
    cr_expect_eq(alarm->overrun, 0);
    timers_fire(board, 1035);
    cr_expect_eq(alarm->overrun, 3);
    cr_expect_eq(alarm->deadline_ns, 1040);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

Test(timers, of_the_dead_are_no_moments, .timeout = 20)
{
    struct board *board = made();
    struct board_timer *alarm;
    sigset_t blocked;
    siginfo_t info;
    sigemptyset(&blocked);
    pid_t child = started(board, &blocked, &alarm);
    timer_arm(alarm, 1000, 10);
    kill(child, SIGKILL);
    cr_assert_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0); /* it is a zombie */
    cr_expect_eq(timers_due(board), BOARD_NEVER);
    cr_expect_eq(alarm->pid, 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

/* Nobody is signalled who takes no part, nor with what is no signal. */
Test(timers, whatever_stands_on_the_board, .timeout = 20)
{
    struct board *board = made();
    static const struct {
        pid_t pid;
        int signo, tid;
    } wrong[] = {{-1, SIGKILL, 0}, {1, SIGKILL, 0}, {0, SIGKILL, 0},
                 {2, 65, 0},       {2, -5, 0},      {2, SIGTERM, -1}};
    struct board_process *self = board_process_claim(board, getpid());
    struct board_timer *timer = &board->timers[0];
    cr_assert_not_null(self);
    board->timers_end = 1;
    for (size_t i = 0; i <= sizeof wrong / sizeof *wrong; i++) {
        bool is_self = i == sizeof wrong / sizeof *wrong;
        board->processes[1].pid = is_self ? 0 : wrong[i].pid;
        board->processes[1].state = BOARD_PROCESS_HELLO;
        timer->pid = is_self ? getpid() : wrong[i].pid;
        timer->facts.signo = is_self ? SIGKILL : wrong[i].signo;
        timer->facts.tid = is_self ? 0 : wrong[i].tid;
        timer->deadline_ns = 5;
        cr_expect_eq(timers_due(board), BOARD_NEVER);
        timers_fire(board, 100);
    }
}
