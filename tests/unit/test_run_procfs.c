#include "harness/clock.h"
#include "harness/procfs.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that does nothing until it is killed. */
static pid_t sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    return pid;
}

/* One that never rests. */
static pid_t spinner(void)
{
    volatile unsigned int spins = 0;
    pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            spins++;
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Asks again until it is so, for five seconds. */
static bool comes_true(bool (*question)(pid_t pid), pid_t pid)
{
    int64_t until = clock_ns() + 5 * NS_PER_S;
    while (!question(pid) && clock_ns() < until)
        poll(NULL, 0, 1);
    return question(pid);
}

Test(procfs, descriptors_are_counted)
{
    int before = proc_fd_count(getpid());
    int fd = open("/dev/null", O_RDONLY);
    cr_expect_eq(proc_fd_count(getpid()), before + 1);
    close(fd);
    cr_expect_eq(proc_fd_count(getpid()), before);
    cr_expect_eq(proc_fd_count(-5), -1);
}

Test(procfs, descriptors_are_listed_with_what_they_are)
{
    char wanted[64];
    int fd = open("/dev/null", O_RDONLY);
    snprintf(wanted, sizeof wanted, "%d -> /dev/null", fd);
    char *list = proc_fd_list(getpid());
    cr_expect_not_null(strstr(list, wanted), "%s", list);
    free(list);
}

Test(procfs, a_child_descends_from_its_parent_and_not_the_other_way_round)
{
    struct proc_table table = {0};
    pid_t child = sleeper();
    cr_assert(proc_table_read(&table));
    cr_expect(proc_descends(&table, child, getpid()));
    cr_expect(proc_descends(&table, child, child));
    cr_expect_not(proc_descends(&table, getpid(), child));
    cr_expect_not(proc_descends(&table, 0, getpid()));
    end(child);
    proc_table_free(&table);
}

Test(procfs, parents_that_form_a_circle_end)
{
    struct proc_entry items[] = {{10, 11, 'S'}, {11, 10, 'S'}};
    struct proc_table table = {items, 2};
    cr_expect_not(proc_descends(&table, 10, 12));
}

Test(procfs, only_the_dead_below_are_zombies)
{
    struct proc_table table = {0};
    siginfo_t info;
    pid_t alive = sleeper(), dead = fork();
    if (dead == 0)
        _exit(0);
    cr_assert_eq(waitid(P_PID, (id_t)dead, &info, WEXITED | WNOWAIT), 0);
    cr_assert(proc_table_read(&table));
    cr_expect_eq(proc_zombies(&table, getpid()), 1);
    cr_expect_eq(proc_zombies(&table, alive), 0);
    cr_expect_eq(proc_zombies(&table, dead), 0, "a process is no zombie of its own");
    waitpid(dead, NULL, 0);
    cr_assert(proc_table_read(&table));
    cr_expect_eq(proc_zombies(&table, getpid()), 0);
    end(alive);
    proc_table_free(&table);
}

Test(procfs, asleep_is_who_waits_and_not_who_runs)
{
    pid_t child = sleeper(), busy = spinner();
    cr_expect(comes_true(proc_asleep, child));
    cr_expect_not(proc_asleep(busy));
    cr_expect_not(proc_asleep(-5));
    end(child);
    end(busy);
}
