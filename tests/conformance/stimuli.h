/* What ends a blocked call from outside: a signal with a handler, or stop and continue. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_STIMULI_H
#define SOCKFAULT_TESTS_CONFORMANCE_STIMULI_H

#include "tests/conformance/twin.h"

enum { STIMULUS_PERIOD_MS = 10 };

static void stimulus_caught(int sig)
{
    (void)sig;
}

/* The handler is part of what the program looks like: it is there in both runs, where the event says so. */
__attribute__((unused)) static void stimulus_prepare(const struct twin_run *run)
{
    struct sigaction action = {.sa_handler = stimulus_caught,
                               .sa_flags = twin_has(run, "restart") ? SA_RESTART : 0};
    if (!twin_has(run, "stop"))
        MUST(sigaction(SIGALRM, &action, NULL));
}

/* 'S' when it sleeps. */
static char stimulus_state(pid_t pid)
{
    char path[40], stat[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, stat, sizeof stat - 1);
    close(fd);
    stat[n < 0 ? 0 : n] = '\0';
    const char *end = n < 0 ? NULL : strrchr(stat, ')');
    return end ? end[2] : '?';
}

/*
 * A child that disturbs its parent whenever it finds it asleep, until it is ended: once could be too early,
 * and then nothing would end the call. For real only; 0 otherwise.
 */
__attribute__((unused)) static pid_t stimulus_start(const struct twin_run *run)
{
    pid_t pid, parent = getpid();
    if (!run->real)
        return 0;
    fflush(stdout);
    MUST(pid = fork());
    for (int i = 0; pid == 0 && i < 2000; i++) {
        poll(NULL, 0, STIMULUS_PERIOD_MS);
        if (getppid() != parent)
            break;
        if (stimulus_state(parent) != 'S')
            continue;
        if (!twin_has(run, "stop"))
            kill(parent, SIGALRM);
        else if (kill(parent, SIGSTOP) == 0)
            kill(parent, SIGCONT);
    }
    if (pid == 0)
        _exit(0);
    return pid;
}

__attribute__((unused)) static void stimulus_end(pid_t pid)
{
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
}

#endif
