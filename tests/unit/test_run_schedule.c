#include "harness/clock.h"
#include "harness/procfs.h"
#include "tests/unit/run_world.h"
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct run_world world;
static volatile int stop;

static void begin(void)
{
    run_world_begin(&world);
}

static void begin_bare(void)
{
    run_world_begin(&world);
    run_world_forbid_namespaces();
}

static void finish(void)
{
    run_world_end(&world);
}

TestSuite(schedule, .init = begin, .fini = finish, .timeout = 60);
TestSuite(schedule_bare, .init = begin_bare, .fini = finish, .timeout = 60);
#define BOTH(name)                                                                                           \
    static void name(void);                                                                                  \
    Test(schedule, name)                                                                                     \
    {                                                                                                        \
        name();                                                                                              \
    }                                                                                                        \
    Test(schedule_bare, name)                                                                                \
    {                                                                                                        \
        name();                                                                                              \
    }                                                                                                        \
    static void name(void)

enum { RESULTS_MAX = 16 };

/* What came, in the order it came. */
struct seen {
    size_t count, indices[RESULTS_MAX];
    struct result results[RESULTS_MAX];
};

static void note(void *context, size_t index, struct result *result)
{
    struct seen *seen = context;
    cr_assert_lt(seen->count, RESULTS_MAX);
    seen->indices[seen->count] = index;
    seen->results[seen->count++] = *result;
}

/* Runs all experiments of a text. */
static struct seen run_all_by(const char *text,
                              void (*done)(void *context, size_t index, struct result *result))
{
    const struct experiment *experiments[RESULTS_MAX];
    struct seen seen = {0};
    struct diag diag = {0};
    char *whole = run_world_text(&world, text);
    struct scenario_set set = scenario_good(whole);
    for (size_t i = 0; i < set.count; i++)
        experiments[i] = &set.experiments[i];
    cr_assert(schedule_run(experiments, set.count, &world.options, &stop, done, &seen, &diag), "%s",
              diag.text);
    scenario_set_free(&set);
    free(whole);
    return seen;
}

static struct seen run_all(const char *text)
{
    return run_all_by(text, note);
}

static void forget(struct seen *seen)
{
    for (size_t i = 0; i < seen->count; i++)
        result_free(&seen->results[i]);
}

BOTH(every_experiment_is_run_as_often_as_asked)
{
    size_t times[3] = {0};
    world.options.repeat = 2;
    world.options.seed = 40;
    struct seen seen =
        run_all("scenario: x\nmatrix: {n: [a, b, c]}\n"
                "processes: {p: {shim: false, run: [echo, '${n}']}}\nexpect: {p: {stdout: \"${n}\\n\"}}\n");
    cr_assert_eq(seen.count, 6);
    for (size_t i = 0; i < seen.count; i++) {
        size_t index = seen.indices[i];
        cr_assert_lt(index, 3);
        cr_expect_eq(seen.results[i].verdict, VERDICT_PASS);
        cr_expect_eq(seen.results[i].processes[0].out[0], (char)('a' + index));
        cr_expect(seen.results[i].seed == 40 || seen.results[i].seed == 41);
        times[index] += seen.results[i].seed - 39;
        const char *number = strstr(seen.results[i].name, " #");
        cr_assert_not_null(number, "got the name %s", seen.results[i].name);
        cr_expect_str_eq(number, seen.results[i].seed == 40 ? " #1/2" : " #2/2");
    }
    for (int i = 0; i < 3; i++)
        cr_expect_eq(times[i], 3, "once with each seed");
    forget(&seen);
}

BOTH(as_many_as_jobs_say_run_at_once)
{
    /* Each writes into the FIFO and waits until the other has done so too. */
    const char *text =
        "scenario: x\nmatrix: {n: [1, 2]}\ntimeout: 5s\n"
        "processes: {p: {shim: false, run: [sh, -c, "
        "'touch @FIFO@.${n}; until [ -e @FIFO@.1 ] && [ -e @FIFO@.2 ]; do sleep 0.01; done']}}\n"
        "expect: {p: {exit: 0}}\n";
    char path[PATH_MAX + 16];
    struct seen seen = run_all(text);
    cr_assert_eq(seen.count, 2);
    cr_expect(seen.results[0].verdict == VERDICT_PASS && seen.results[1].verdict == VERDICT_PASS);
    for (int i = 1; i <= 2; i++) {
        snprintf(path, sizeof path, "%s.%d", world.fifo, i);
        cr_expect_eq(unlink(path), 0);
    }
    forget(&seen);
}

BOTH(fail_fast_starts_nothing_more)
{
    world.options.fail_fast = true;
    world.options.jobs = 1;
    struct seen seen =
        run_all("scenario: x\nmatrix: {n: [0, 1, 2]}\n"
                "processes: {p: {shim: false, run: [sh, -c, 'exit ${n}']}}\nexpect: {p: {exit: 0}}\n");
    cr_expect_eq(seen.count, 2);
    cr_expect_eq(seen.results[1].verdict, VERDICT_FAIL);
    forget(&seen);
}

/* The file of that name in the folder holds the text; NULL: there is none. */
static void expect_kept(const char *folder, const char *name, const char *text)
{
    char path[PATH_MAX + 32], got[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    cr_assert_eq(file != NULL, text != NULL, "%s", path);
    if (file == NULL)
        return;
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    fclose(file);
    cr_expect_str_eq(got, text, "%s", path);
}

BOTH(what_is_kept_is_named)
{
    char path[PATH_MAX], command[PATH_MAX + 32];
    world.options.keep = true;
    struct seen seen = run_all("scenario: x\nfiles: {f: here}\n"
                               "processes: {p: {shim: false, run: [sh, -c, 'echo one; echo two >&2']}}\n"
                               "expect: {p: {exit: 0}}\n");
    const char *kept = strstr(seen.results[0].notes ? seen.results[0].notes : "", "kept: ");
    cr_assert_not_null(kept);
    cr_assert_eq(sscanf(kept, "kept: %4000s", path), 1);
    expect_kept(path, "dir/f", "here");
    expect_kept(path, "p.stdout", "one\n");
    expect_kept(path, "p.stderr", "two\n");
    expect_kept(path, "trace.txt", "");
    expect_kept(path, "board", NULL);
    snprintf(command, sizeof command, "rm -r %s/sockfault-kept-*", world.base);
    cr_expect_eq(system(command), 0);
    forget(&seen);
}

/* Two that never end, each with a process out of its session; both have the FIFO open. */
#define ENDLESS                                                                                              \
    "scenario: x\ntimeout: 50s\nmatrix: {n: [1, 2]}\n"                                                       \
    "processes: {p: {shim: false, run: [sh, -c, 'exec >@FIFO@; setsid sleep 1000 & echo ${n}; sleep "        \
    "1000']}}\n"                                                                                             \
    "expect: {p: {exit: 0}}\n"

/* Forks a child that does `act` with this process once an experiment is under way. */
static pid_t when_under_way(void (*act)(pid_t process))
{
    pid_t test = getpid(), child = fork();
    if (child == 0) {
        run_world_await_line(&world);
        act(test);
        _exit(0);
    }
    return child;
}

static void set_stop(int signal)
{
    (void)signal;
    stop = 1;
}

static void interrupt(pid_t process)
{
    kill(process, SIGINT);
}

BOTH(a_signal_ends_everything)
{
    struct sigaction action = {.sa_handler = set_stop};
    sigaction(SIGINT, &action, NULL);
    pid_t helper = when_under_way(interrupt);
    struct seen seen = run_all(ENDLESS);
    cr_expect_eq(seen.count, 0);
    cr_expect(run_world_fifo_closed(&world));
    waitpid(helper, NULL, 0);
}

static bool has_name(pid_t pid, const char *name)
{
    char path[64], text[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    bool same = file && fgets(text, sizeof text, file) && strcmp(text, name) == 0;
    if (file)
        fclose(file);
    return same;
}

/* Kills the guardians that are children of the process. Returns how many. */
static unsigned int kill_guardians(pid_t process)
{
    unsigned int count = 0;
    struct proc_table table = {0};
    proc_table_read(&table);
    for (size_t i = 0; i < table.count; i++)
        if (table.items[i].parent == process && has_name(table.items[i].pid, "sockfault-guard\n"))
            count += kill(table.items[i].pid, SIGKILL) == 0;
    proc_table_free(&table);
    return count;
}

static void end_guardians(pid_t process)
{
    kill_guardians(process);
}

BOTH(a_guardian_that_is_killed_leaves_nothing_and_is_told_of)
{
    world.options.jobs = 1; /* the second then runs to its own guardian's end */
    const char *text = "scenario: x\nmatrix: {n: [1, 2]}\n"
                       "processes: {p: {shim: false, run: [sh, -c, "
                       "'[ ${n} = 2 ] || { exec >@FIFO@; setsid sleep 1000 & echo up; sleep 1000; }']}}\n"
                       "expect: {p: {exit: 0}}\n";
    pid_t helper = when_under_way(end_guardians);
    struct seen seen = run_all(text);
    cr_assert_eq(seen.count, 2);
    cr_expect_eq(seen.results[0].verdict, VERDICT_ERROR);
    cr_expect_str_eq(seen.results[0].reason, "the guardian of this experiment was killed by SIGKILL");
    cr_expect_eq(seen.results[1].verdict, VERDICT_PASS);
    cr_expect(run_world_fifo_closed(&world));
    waitpid(helper, NULL, 0);
    forget(&seen);
}

static unsigned int lasting_killed;

/* After the first result, while the guardian waits for what comes next. */
static void note_and_kill(void *context, size_t index, struct result *result)
{
    struct seen *seen = context;
    note(context, index, result);
    if (seen->count == 1)
        lasting_killed = kill_guardians(getpid());
}

/* How its services would have ended is not known then. Where there are no namespaces none lasts. */
BOTH(what_a_lasting_guardian_did_last_is_done_anew_if_it_is_killed)
{
    world.options.jobs = 1;
    world.options.lasting = true;
    struct seen seen =
        run_all_by("scenario: x\nmatrix: {n: [1, 2]}\n"
                   "processes: {p: {shim: false, run: [echo, '${n}']}}\nexpect: {p: {stdout: \"${n}\\n\"}}\n",
                   note_and_kill);
    cr_assert_eq(seen.count, 2 + lasting_killed);
    size_t first = 0;
    for (size_t i = 0; i < seen.count; i++)
        first += seen.indices[i] == 0;
    cr_expect_eq(first, 1 + lasting_killed);
    for (size_t i = 0; i < seen.count; i++)
        cr_expect_eq(seen.results[i].verdict, VERDICT_PASS);
    forget(&seen);
}

BOTH(a_harness_that_is_killed_leaves_nothing)
{
    pid_t harness = fork();
    if (harness == 0) {
        run_all(ENDLESS);
        _exit(0);
    }
    run_world_await_line(&world);
    kill(harness, SIGKILL);
    waitpid(harness, NULL, 0);
    cr_expect(run_world_fifo_closed(&world));
    cr_expect(run_world_empty(&world));
}
