/* What programs counted is there, or is said to be lost, however they end. Needs build/libsockfault.so, gcc
 * and gcov. */
#include "harness/coverage/counting.h"
#include "harness/coverage/counts.h"
#include "harness/coverage/coverage.h"
#include "harness/coverage/tools.h"
#include "harness/text.h"
#include "tests/unit/compiled.h"
#include "tests/unit/run_world.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A way to end each; a line before its end bears its name. Where a program is cut off in the middle of a
 * function, and not in a call, gcov itself cannot tell how far that came: there it is a function's before.
 */
static const char program[] =
    "#include <arpa/inet.h>\n"
    "#include <pthread.h>\n"
    "#include <signal.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#include <sys/epoll.h>\n"
    "#include <sys/socket.h>\n"
    "#include <sys/wait.h>\n"
    "#include <unistd.h>\n"
    "static volatile int reached;\n"
    "static void note_exec(void) {\n"
    "    reached = 1; /* exec */\n"
    "}\n"
    "static void note_segv(void) {\n"
    "    reached = 1; /* segv */\n"
    "}\n"
    "static void note_spin(void) {\n"
    "    reached = 1; /* spin */\n"
    "}\n"
    "static void note_busy(void) {\n"
    "    reached = 1; /* busy */\n"
    "}\n"
    "static int listener(void) {\n"
    "    int fd = socket(AF_INET, SOCK_STREAM, 0);\n"
    "    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};\n"
    "    bind(fd, (struct sockaddr *)&a, sizeof a); listen(fd, 1);\n"
    "    return fd;\n"
    "}\n"
    "static void *allocate(void *none) { for (;;) free(malloc(70000)); return none; }\n"
    "static int is(const char *mode, const char *name) { return strcmp(mode, name) == 0; }\n"
    "static void end(const char *m, char *self) {\n"
    "    char c;\n"
    "    int pair[2], e = epoll_create1(0);\n"
    "    struct epoll_event event = {.events = EPOLLIN};\n"
    "    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);\n"
    "    if (is(m, \"accept\")) {\n"
    "        reached = 1; /* accept */\n"
    "        accept(listener(), NULL, NULL); }\n"
    "    if (is(m, \"epoll\")) {\n"
    "        epoll_ctl(e, EPOLL_CTL_ADD, listener(), &event);\n"
    "        reached = 1; /* epoll */\n"
    "        epoll_wait(e, &event, 1, -1); }\n"
    "    if (is(m, \"exec\")) {\n"
    "        note_exec();\n"
    "        execl(self, self, \"exit\", (char *)NULL); }\n"
    "    if (is(m, \"noexec\")) {\n"
    "        execl(\"/nowhere\", self, (char *)NULL);\n"
    "        reached = 1; /* noexec */\n"
    "        _exit(0); }\n"
    "    if (is(m, \"abort\")) {\n"
    "        reached = 1; /* abort */\n"
    "        abort(); }\n"
    "    if (is(m, \"segv\")) {\n"
    "        note_segv();\n"
    "        *(volatile int *)8 = 1; }\n"
    "    if (is(m, \"pipe\")) {\n"
    "        close(pair[1]);\n"
    "        reached = 1; /* pipe */\n"
    "        write(pair[0], \"x\", 1); }\n"
    "    if (is(m, \"hang\")) {\n"
    "        fork();\n"
    "        reached = 1; /* hang */\n"
    "        recv(pair[0], &c, 1, 0); }\n"
    "    if (is(m, \"spin\")) {\n"
    "        note_spin();\n"
    "        for (;;) reached++; }\n"
    "    if (is(m, \"busy\")) {\n"
    "        pthread_t threads[3];\n"
    "        note_busy();\n"
    "        for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, allocate, NULL);\n"
    "        allocate(NULL); }\n"
    "    if (is(m, \"killed\")) {\n"
    "        reached = 1; /* killed */\n"
    "        kill(getpid(), SIGKILL); }\n"
    "    if (is(m, \"child\") && fork() == 0) {\n"
    "        reached = 1; /* child */\n"
    "        _exit(0); }\n"
    "    wait(NULL);\n"
    "    reached = 1; /* exit */\n"
    "}\n"
    "int main(int count, char **arguments) {\n"
    "    if (count > 1) end(arguments[1], arguments[0]);\n"
    "    return 0;\n"
    "}\n";

static struct run_world world;
static struct coverage_tools tools;
static struct coverage_target target;
static struct coverage coverage;
static char folder[256], into[300], path[256];

static void begin(void)
{
    struct diag diag = {0};
    int major = 0;
    run_world_begin(&world);
    compiled_begin();
    compiled_write("ends.c", program);
    compiled_run("gcc -w -O0 --coverage -pthread -o ends ends.c");
    snprintf(path, sizeof path, "%s", compiled_path("ends"));
    snprintf(folder, sizeof folder, "%s", compiled_path("counts"));
    snprintf(into, sizeof into, "%s/all", folder);
    compiled_run("mkdir counts");
    cr_assert_eq(counting_of(path, &major), COUNTING_GCC);
    cr_assert(coverage_tools_find(major, &tools, &diag), "%s", diag.text);
    target = (struct coverage_target){folder, into, tools.gcov_tool};
    world.options.coverage = &target;
    world.options.timeout_ns = 1000000000;
}

static void finish(void)
{
    coverage_free(&coverage);
    compiled_run("test -z \"$(ls ./*.gcda 2>/dev/null)\""); /* the program's own place is left alone */
    compiled_end();
    run_world_end(&world);
}

TestSuite(coverage_ends, .init = begin, .fini = finish, .timeout = 120);

static enum verdict run_as(const char *mode, const char *more, const char *clock)
{
    char *text = text_format("scenario: an end\ntime: %s\nprocesses:\n  it: {run: [\"%s\", %s]%s}\n"
                             "  other: {run: [\"true\"], after: it}\nexpect: {}\n",
                             clock, path, mode, more);
    struct result result = run_world_run(&world, text);
    enum verdict verdict = result.verdict;
    result_free(&result);
    free(text);
    return verdict;
}

static void read_counts(void)
{
    struct diag diag = {0};
    cr_assert(coverage_read(tools.gcov, into, COVERAGE_SWEEP, &coverage, &diag), "%s", diag.text);
}

/* Whether the line was reached that bears that name. */
static bool reached(const char *name)
{
    char mark[32];
    snprintf(mark, sizeof mark, "/* %s */", name);
    const char *found = strstr(program, mark);
    int number = 1;
    for (const char *at = program; at < found; at++)
        number += *at == '\n';
    for (size_t i = 0; coverage.count == 1 && i < coverage.files[0].count; i++)
        if (coverage.files[0].lines[i].number == number)
            return coverage.files[0].lines[i].by != 0;
    return false;
}

static void keeps(const char *mode, const char *more)
{
    run_as(mode, more, "virtual");
    read_counts();
    char *lost = counts_lost_text(folder);
    cr_expect(reached(mode), "%s", mode);
    cr_expect_null(lost, "%s: %s", mode, lost);
    free(lost);
}

Test(coverage_ends, by_itself)
{
    keeps("exit", "");
    cr_expect_not(reached("accept"));
}

Test(coverage_ends, told_to_stop_while_it_accepts)
{
    keeps("accept", ", ready: listening");
}

Test(coverage_ends, told_to_stop_while_it_waits)
{
    keeps("epoll", ", ready: listening");
}

Test(coverage_ends, killed_by_us_at_once)
{
    keeps("epoll", ", ready: listening, stop: KILL");
}

Test(coverage_ends, told_to_stop_in_real_time)
{
    cr_expect_eq(run_as("epoll", ", ready: listening", "real"), VERDICT_PASS);
    read_counts();
    cr_expect(reached("epoll"));
}

Test(coverage_ends, a_child_that_leaves)
{
    keeps("child", "");
    cr_expect(reached("exit"));
}

Test(coverage_ends, replaced_by_another)
{
    keeps("exec", "");
    cr_expect(reached("exit"), "what it became");
}

/* Where the compiler puts nothing of gcov's around it. */
Test(coverage_ends, without_gcovs_own_exec_and_fork)
{
    compiled_run("gcc -w -O0 -fno-builtin --coverage -pthread -o ends ends.c");
    keeps("exec", "");
    keeps("child", "");
}

/* Threads that hold locks of malloc's nearly all the time: the counts are there, or said to be lost. */
Test(coverage_ends, threads_that_allocate)
{
    run_as("busy", "", "virtual");
    read_counts();
    char *lost = counts_lost_text(folder);
    cr_expect(reached("busy") != (lost != NULL), "%s", lost == NULL ? "nothing is said" : lost);
    free(lost);
}

Test(coverage_ends, not_replaced)
{
    keeps("noexec", "");
}

Test(coverage_ends, aborted)
{
    keeps("abort", "");
}

Test(coverage_ends, a_segmentation_fault)
{
    keeps("segv", "");
}

Test(coverage_ends, a_broken_pipe)
{
    keeps("pipe", "");
}

Test(coverage_ends, a_hang)
{
    cr_expect_eq(run_as("hang", "", "virtual"), VERDICT_HANG);
    read_counts();
    cr_expect(reached("hang"));
}

Test(coverage_ends, a_spin_outside_of_calls)
{
    enum verdict verdict = run_as("spin", "", "virtual");
    cr_expect(verdict == VERDICT_TIMEOUT || verdict == VERDICT_SPIN, "%s", verdict_name(verdict));
    read_counts();
    cr_expect(reached("spin"));
}

Test(coverage_ends, killed_by_another_is_said_to_be_lost)
{
    run_as("killed", "", "virtual");
    run_as("killed", "", "virtual");
    read_counts();
    cr_expect_not(reached("killed"));
    char *lost = counts_lost_text(folder);
    cr_assert_not_null(lost);
    cr_expect_str_eq(lost, "it (ends) was killed before it had written what it counted, 2 times");
    free(lost);
}

Test(coverage_ends, counts_add_up)
{
    run_as("exit", "", "virtual");
    run_as("abort", "", "virtual");
    run_as("accept", ", ready: listening", "virtual");
    read_counts();
    cr_expect(reached("exit") && reached("abort") && reached("accept"));
    cr_expect_not(reached("segv"));
}

/* Without a table of symbols the program's destructors are what writes the counts. */
Test(coverage_ends, stripped)
{
    int major = 0;
    compiled_run("strip ends");
    cr_expect_eq(counting_of(path, &major), COUNTING_GCC);
    keeps("accept", ", ready: listening");
}

/* A signal of which it is told in the end is the one it would have been without. */
Test(coverage_ends, ends_are_what_they_were)
{
    static const struct {
        const char *mode;
        int signal;
    } ends[] = {{"abort", 6}, {"segv", 11}, {"pipe", 13}, {"killed", 9}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *text = text_format("scenario: an end\nprocesses:\n  it: {run: [\"%s\", %s]}\nexpect: {}\n",
                                 path, ends[i].mode);
        struct result result = run_world_run(&world, text);
        cr_expect_eq(result.processes[0].signal, ends[i].signal, "%s: %d", ends[i].mode,
                     result.processes[0].signal);
        result_free(&result);
        free(text);
    }
}
