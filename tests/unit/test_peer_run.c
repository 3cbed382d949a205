/* Scripts that are run, in a child of the test, against sockets of the test. */
#include "harness/clock.h"
#include "harness/peer/run.h"
#include "harness/quiet/seen.h"
#include "tests/unit/scenario_text.h"
#include "tests/unit/sleeper.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

struct play {
    struct scenario_set set;
    struct runtime runtime;
    struct peer_progress *progress;
    struct board *board;
    int wake; /* eventfd */
    pid_t pid;
};

/* A port that nobody listens on. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* Starts the script, a list of steps in YAML. */
static void begin(struct play *play, const char *steps)
{
    char text[1000];
    snprintf(text, sizeof text, "scenario: x\nprocesses: {a: {peer: %s}}\nexpect: {}\n", steps);
    *play = (struct play){.set = scenario_good(text), .runtime = {.dir = "/tmp", .root = "/tmp"}};
    play->runtime.ports[1] = free_port();
    play->progress =
        mmap(NULL, sizeof *play->progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    play->wake = eventfd(0, EFD_NONBLOCK);
    play->board = shared_board();
    struct peer_task task = {scenario_only(&play->set)->processes[0].peer,
                             &play->runtime,
                             "/tmp",
                             play->board,
                             play->progress,
                             play->wake};
    fflush(NULL);
    pid_t self = getpid();
    play->pid = fork();
    if (play->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no script behind */
        _exit(getppid() == self ? peer_run(&task) : 127);
    }
    cr_assert_gt(play->pid, 0);
}

/* Waits until the script has woken its guardian. */
static void await_wake(const struct play *play)
{
    struct pollfd fd = {.fd = play->wake, .events = POLLIN};
    uint64_t count;
    cr_assert_eq(poll(&fd, 1, PATIENCE_MS), 1);
    cr_assert_eq(read(play->wake, &count, sizeof count), sizeof count);
}

static int connected(const struct play *play)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(play->runtime.ports[1]),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Waits for its end; what it left on view is there until `finish`. */
static int status_of(struct play *play)
{
    int status;
    cr_assert_eq(waitpid(play->pid, &status, 0), play->pid);
    return status;
}

static void finish(struct play *play)
{
    munmap(play->progress, sizeof *play->progress);
    munmap(play->board, sizeof *play->board);
    close(play->wake);
    scenario_set_free(&play->set);
}

Test(peer_run, a_script_that_holds_ends_with_0, .timeout = 20)
{
    struct play play;
    char got[10];
    begin(&play,
          "[{listen: '${port}'}, accept, {expect: hi}, {send: {text: there, pieces: 2}}, {expect: eof}]");
    await_wake(&play);
    cr_expect(atomic_load(&play.progress->listening));
    int fd = connected(&play);
    cr_assert_eq(send(fd, "hi", 2, 0), 2);
    cr_expect_eq(recv(fd, got, 5, MSG_WAITALL), 5);
    cr_expect_eq(memcmp(got, "there", 5), 0);
    close(fd);
    cr_expect_eq(status_of(&play), 0);
    cr_expect_eq(atomic_load(&play.progress->state), PEER_HELD);
    finish(&play);
}

Test(peer_run, a_step_that_does_not_hold_ends_it_with_1_and_is_on_view, .timeout = 20)
{
    struct play play;
    begin(&play, "[{listen: '${port}'}, {accept: me}, {expect: hi}, {send: x}]");
    await_wake(&play);
    int fd = connected(&play);
    cr_assert_eq(send(fd, "ho", 2, 0), 2);
    cr_expect_eq(WEXITSTATUS(status_of(&play)), 1);
    cr_expect_eq(atomic_load(&play.progress->state), PEER_FAILED);
    cr_expect_eq(atomic_load(&play.progress->step), 3);
    cr_expect_str_eq(play.progress->expected, "\"hi\"");
    cr_expect(strncmp(play.progress->got, "\"ho\"\nconnection 1 (me)\nbyte 2 of 2 differs\n", 40) == 0, "%s",
              play.progress->got);
    close(fd);
    finish(&play);
}

/* What is behind a match is the next step's, in whatever pieces all of it came. */
Test(peer_run, a_match_takes_no_byte_too_many, .timeout = 20)
{
    struct play play;
    begin(&play,
          "[{listen: '${port}'}, accept, {expect: {matches: \"\\n\\n\"}}, {expect: rest}, {expect: eof}]");
    await_wake(&play);
    int fd = connected(&play);
    cr_assert_eq(send(fd, "one\ntwo\n\nrest", 13, 0), 13);
    close(fd);
    cr_expect_eq(status_of(&play), 0, "%s", play.progress->got);
    finish(&play);
}

Test(peer_run, reset_is_what_the_other_side_sees, .timeout = 20)
{
    struct play play;
    char got[10];
    begin(&play, "[{listen: '${port}'}, accept, {expect: a}, reset]");
    await_wake(&play);
    int fd = connected(&play);
    cr_assert_eq(send(fd, "a", 1, 0), 1);
    cr_expect_eq(recv(fd, got, 1, 0), -1);
    cr_expect_eq(errno, ECONNRESET);
    close(fd);
    cr_expect_eq(status_of(&play), 0);
    finish(&play);
}

Test(peer_run, shutdown_of_one_half_leaves_the_other, .timeout = 20)
{
    struct play play;
    char got[10];
    begin(&play, "[{listen: '${port}'}, accept, {shutdown: write}, {expect: late}]");
    await_wake(&play);
    int fd = connected(&play);
    cr_expect_eq(recv(fd, got, 1, 0), 0);
    cr_assert_eq(send(fd, "late", 4, 0), 4);
    cr_expect_eq(status_of(&play), 0);
    close(fd);
    finish(&play);
}

Test(peer_run, what_is_waited_for_is_on_view, .timeout = 20)
{
    struct play play;
    begin(&play, "[{listen: '${port}'}, accept]");
    await_wake(&play);
    int64_t until = clock_ns() + 10 * NS_PER_S;
    while (!atomic_load(&play.progress->waiting) && clock_ns() < until)
        poll(NULL, 0, 1);
    cr_expect(atomic_load(&play.progress->waiting));
    cr_expect(atomic_load(&play.progress->told));
    cr_expect_str_eq(play.progress->expected, "a connection");
    cr_expect_str_eq(play.progress->got, "none");
    kill(play.pid, SIGKILL);
    status_of(&play);
    finish(&play);
}

Test(peer_run, ignore_accepts_and_reads_nothing, .timeout = 20)
{
    struct play play;
    char got;
    begin(&play, "[{listen: '${port}'}, ignore]");
    await_wake(&play);
    int first = connected(&play), second = connected(&play);
    cr_assert_eq(send(first, "x", 1, 0), 1);
    cr_expect_eq(recv(first, &got, 1, MSG_DONTWAIT), -1);
    cr_expect_eq(errno, EAGAIN);
    int64_t until = clock_ns() + 10 * NS_PER_S;
    while (atomic_load(&play.progress->state) != PEER_RESTING && clock_ns() < until)
        poll(NULL, 0, 1);
    cr_expect_eq(atomic_load(&play.progress->state), PEER_RESTING);
    kill(play.pid, SIGTERM);
    cr_expect_eq(WTERMSIG(status_of(&play)), SIGTERM);
    close(first);
    close(second);
    finish(&play);
}

Test(peer_run, a_time_limit_is_a_failure_when_it_is_over, .timeout = 20)
{
    struct play play;
    int64_t before = clock_ns();
    begin(&play, "[{listen: '${port}'}, {accept: {within: 30ms}}]");
    cr_expect_eq(WEXITSTATUS(status_of(&play)), 1);
    cr_expect_geq(clock_ns() - before, 30 * NS_PER_MS);
    cr_expect_str_eq(play.progress->got, "none within 30.0 ms");
    finish(&play);
}

/* How far ahead the deadline on the board is, in seconds, rounded up. */
static int64_t seconds_left(const struct play *play, const struct board_thread *thread)
{
    int64_t left = atomic_load(&thread->deadline_ns) - board_time(play->board, clock_ns());
    return (left + NS_PER_S - 1) / NS_PER_S;
}

/* Each of these would take the test's whole time on a clock that nobody advances. */
Test(peer_run, pauses_go_by_the_clock_of_the_board, .timeout = 20)
{
    struct play play;
    begin(&play, "[{listen: '${port}'}, accept, {pause: 30s}, {send: {text: ab, pieces: 1, pause: 40s}}]");
    await_wake(&play);
    int fd = connected(&play);
    char got[2];
    struct board_thread *thread = NULL;
    while (thread == NULL || atomic_load(&thread->deadline_ns) == BOARD_NEVER)
        thread = await_sleeper(play.board, play.pid);
    cr_expect_eq(seconds_left(&play, thread), 30);
    cr_expect(seen_process(play.board, play.pid));
    cr_expect_eq(atomic_load(&play.board->processes[0].state), BOARD_PROCESS_PEER);
    let_sleep_out(play.board, thread);
    cr_expect_eq(recv(fd, got, 2, 0), 1);
    thread = await_sleeper(play.board, play.pid);
    cr_expect_eq(seconds_left(&play, thread), 40);
    let_sleep_out(play.board, thread);
    cr_expect_eq(recv(fd, got, 2, 0), 1);
    cr_expect_eq(status_of(&play), 0);
    close(fd);
    finish(&play);
}

Test(peer_run, time_limits_go_by_the_clock_of_the_board, .timeout = 20)
{
    struct play play;
    begin(&play, "[{listen: '${port}'}, {accept: {within: 2min}}]");
    await_wake(&play);
    struct board_thread *thread = await_sleeper(play.board, play.pid);
    cr_expect_eq(seconds_left(&play, thread), 120);
    let_sleep_out(play.board, thread);
    cr_expect_eq(WEXITSTATUS(status_of(&play)), 1);
    cr_expect_str_eq(play.progress->got, "none within 120 s");
    finish(&play);
}

Test(peer_run, a_wait_for_traffic_has_no_deadline_on_the_board, .timeout = 20)
{
    struct play play;
    begin(&play, "[{listen: '${port}'}, accept]");
    await_wake(&play);
    cr_expect_eq(atomic_load(&await_sleeper(play.board, play.pid)->deadline_ns), BOARD_NEVER);
    close(connected(&play));
    cr_expect_eq(status_of(&play), 0);
    finish(&play);
}

Test(peer_run, a_listener_that_is_closed_can_be_opened_again, .timeout = 20)
{
    struct play play;
    begin(&play, "[{repeat: {times: 3, steps: [{listen: '${port}'}, accept, {expect: eof}, close, {close: "
                 "listener}]}}]");
    for (int i = 0; i < 3; i++) {
        await_wake(&play);
        close(connected(&play));
    }
    cr_expect_eq(status_of(&play), 0, "%s", play.progress->got);
    finish(&play);
}

Test(peer_run, a_port_in_use_says_so, .timeout = 20)
{
    struct play first, second;
    begin(&first, "[{listen: '${port}'}, stall]");
    await_wake(&first);
    char steps[100];
    snprintf(steps, sizeof steps, "[{listen: '%u'}]", first.runtime.ports[1]);
    begin(&second, steps);
    cr_expect_eq(WEXITSTATUS(status_of(&second)), 1);
    cr_expect_str_eq(second.progress->got, "bind: Address already in use");
    kill(first.pid, SIGKILL);
    status_of(&first);
    finish(&first);
    finish(&second);
}
