/* Whether something has happened to threads between two looks. */
#include "harness/clock.h"
#include "harness/quiet/tasks.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3 };

static void pauses(void)
{
    for (;;)
        pause();
}

static void *pauses_too(void *unused)
{
    pauses();
    return unused;
}

/* Two more threads; they and it wait for signals, and one of them may be asked for a third. */
static void pauses_in_threads(void)
{
    pthread_t thread;
    for (int i = 1; i < THREADS; i++)
        pthread_create(&thread, NULL, pauses_too, NULL);
    pauses();
}

static void ends_first_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, pauses_too, NULL);
    syscall(SYS_exit, 0);
}

static void on_signal(int number)
{
    pthread_t thread;
    if (number == SIGHUP)
        syscall(SYS_rt_sigsuspend, &(uint64_t){0}, sizeof(uint64_t));
    if (number == SIGUSR2)
        pthread_create(&thread, NULL, pauses_too, NULL);
}

static pid_t start(void (*child)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGHUP, on_signal);
        signal(SIGUSR1, on_signal);
        signal(SIGUSR2, on_signal);
        child();
        _exit(0);
    }
    return pid;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Until so many threads are asleep, one of them in that system call. */
static void settle(struct tasks *tasks, const struct tasks_of *of, size_t count, int number)
{
    int64_t until = clock_ns() + 5 * NS_PER_S;
    while (clock_ns() < until) {
        size_t there = 0, paused = 0;
        if (!tasks_read(tasks, of, false))
            continue;
        for (size_t i = 0; i < tasks->count; i++) {
            there += tasks->items[i].state == 'S' && tasks->items[i].number == number;
            paused += tasks->items[i].state == 'S' && tasks->items[i].number == SYS_pause;
        }
        bool asleep = there >= 1 && there + (number == SYS_pause ? 0 : paused) == count;
        /* Where it sleeps is read last: it may have slept elsewhere when its switches were. */
        if (asleep && tasks->count == count && tasks_slept_on(tasks, of))
            return;
    }
    cr_assert_fail("%zu threads are there, expected %zu asleep", tasks->count, count);
}

static struct tasks settled(const struct tasks_of *of, size_t count)
{
    struct tasks tasks = {0};
    settle(&tasks, of, count, SYS_pause);
    return tasks;
}

/* What comes of it is seen at the latest when they are asleep again. */
static bool is_noticed(struct tasks *tasks, const struct tasks_of *of)
{
    int64_t until = clock_ns() + 5 * NS_PER_S;
    while (clock_ns() < until)
        if (!tasks_slept_on(tasks, of))
            return true;
    return false;
}

Test(quiet_tasks, who_sleeps_on_is_told_to, .timeout = 20)
{
    void (*ways[])(void) = {pauses, pauses_in_threads, ends_first_thread};
    size_t counts[] = {1, THREADS, 1};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct tasks_of of = {.root = getpid()};
        pid_t child = start(ways[i]);
        struct tasks tasks = settled(&of, counts[i]);
        for (int look = 0; look < 20; look++)
            cr_expect(tasks_slept_on(&tasks, &of));
        tasks_free(&tasks);
        end(child);
    }
}

/* A lock that was given from one to the other and back: all are asleep again, where they were. */
Test(quiet_tasks, one_that_ran_meanwhile_has_not_though_it_sleeps_in_the_same_call, .timeout = 20)
{
    void (*ways[])(void) = {pauses, pauses_in_threads};
    size_t counts[] = {1, THREADS};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct tasks_of of = {.root = getpid()};
        pid_t child = start(ways[i]);
        struct tasks tasks = settled(&of, counts[i]), again;
        kill(child, SIGUSR1);
        cr_expect(is_noticed(&tasks, &of));
        again = settled(&of, counts[i]);
        cr_expect_not(tasks_slept_on(&tasks, &of), "asleep again in the same call");
        cr_expect(tasks_slept_on(&again, &of));
        tasks_free(&tasks);
        tasks_free(&again);
        end(child);
    }
}

/* Who sleeps on is not read anew, who does not is. */
Test(quiet_tasks, what_it_sleeps_in_is_told_anew_once_it_has_run, .timeout = 20)
{
    void (*ways[])(void) = {pauses, pauses_in_threads};
    size_t counts[] = {1, THREADS};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct tasks_of of = {.root = getpid()};
        pid_t child = start(ways[i]);
        struct tasks tasks = settled(&of, counts[i]);
        for (int again = 0; again < 3; again++)
            settle(&tasks, &of, counts[i], SYS_pause);
        kill(child, SIGHUP);
        settle(&tasks, &of, counts[i], SYS_rt_sigsuspend);
        kill(child, SIGUSR1); /* ends the sigsuspend */
        settle(&tasks, &of, counts[i], SYS_pause);
        tasks_free(&tasks);
        end(child);
    }
}

Test(quiet_tasks, another_state_or_another_number_of_threads_is_news, .timeout = 20)
{
    int signals[] = {SIGSTOP, SIGUSR2};
    for (size_t i = 0; i < 2; i++) {
        struct tasks_of of = {.root = getpid()};
        pid_t child = start(pauses);
        struct tasks tasks = settled(&of, 1);
        struct task other = tasks.items[0];
        kill(child, signals[i]);
        cr_expect(is_noticed(&tasks, &of));
        other.threads++;
        cr_expect_not(task_slept_on(&other));
        tasks_free(&tasks);
        end(child);
    }
}

/* By hand, since no thread can be had into it in time: what differs is one sign alone. */
Test(quiet_tasks, each_sign_counts, .timeout = 20)
{
    struct tasks_of of = {.root = getpid()};
    pid_t child = start(pauses);
    struct tasks tasks = settled(&of, 1);
    struct task state = tasks.items[0], ran = state, threads = state, spared = state;
    state.state = 'R';
    ran.switches--;
    threads.threads++;
    spared.switches--;
    spared.is_spared = true;
    cr_expect(task_slept_on(&tasks.items[0]));
    cr_expect_not(task_slept_on(&state));
    cr_expect_not(task_slept_on(&ran));
    cr_expect_not(task_slept_on(&threads));
    cr_expect(task_slept_on(&spared), "the one that may run may");
    tasks_free(&tasks);
    end(child);
}

Test(quiet_tasks, somebody_new_or_gone_is_news, .timeout = 20)
{
    struct tasks_of of = {.root = getpid()};
    pid_t one = start(pauses);
    struct tasks tasks = settled(&of, 1);
    pid_t two = start(pauses);
    cr_expect_not(tasks_slept_on(&tasks, &of));
    struct tasks both = settled(&of, 2);
    cr_expect(tasks_slept_on(&both, &of));
    siginfo_t info;
    kill(two, SIGKILL);
    waitid(P_PID, (id_t)two, &info, WEXITED | WNOWAIT);
    cr_expect_not(tasks_slept_on(&tasks, &of), "its end has not been told yet");
    cr_expect_not(tasks_slept_on(&both, &of));
    waitpid(two, NULL, 0);
    cr_expect(tasks_slept_on(&tasks, &of), "only the first is left, and never stirred");
    cr_expect_not(tasks_slept_on(&both, &of));
    tasks_free(&tasks);
    tasks_free(&both);
    end(one);
}
