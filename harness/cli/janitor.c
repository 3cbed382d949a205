#include "harness/cli/wrap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 100, ENVIRONMENT_MAX = 1 << 20 };

/* The whole of a file in /proc, at most size - 1 bytes, with a NUL behind it. Returns its length, or -1. */
static ssize_t read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t len = 0;
    for (ssize_t got; len < size - 1 && (got = read(fd, text + len, size - 1 - len)) > 0;)
        len += (size_t)got;
    close(fd);
    text[len] = '\0';
    return (ssize_t)len;
}

/* Field 22 of proc(5)'s stat, which with the pid names a process for good; 0 for one that has ended. */
static uint64_t start_time(pid_t pid)
{
    char text[1024], *rest = NULL;
    if (read_proc(pid, "stat", text, sizeof text) <= 0)
        return 0;
    char *after_name = strrchr(text, ')');
    char *word = after_name == NULL ? NULL : strtok_r(after_name + 1, " ", &rest);
    if (word == NULL || *word == 'Z' || *word == 'X')
        return 0;
    for (int field = 3; field < 22 && word != NULL; field++)
        word = strtok_r(NULL, " ", &rest);
    return word == NULL ? 0 : strtoull(word, NULL, 10);
}

/* Whether the process said hello on the board: by pid and start time, since pids are used again. */
static bool on_board(const struct board *board, pid_t pid)
{
    uint64_t start = start_time(pid);
    for (size_t i = 0; start != 0 && i < BOARD_PROCESSES; i++) {
        const struct board_process *process = &board->processes[i];
        if (atomic_load(&process->state) == BOARD_PROCESS_HELLO && atomic_load(&process->pid) == pid &&
            atomic_load(&process->start) == start)
            return true;
    }
    return false;
}

/* Whether it was started with our board in its environment: what could not say hello, or has not yet. */
static bool knows_board(const char *board_path, pid_t pid, char *space)
{
    char wanted[PATH_MAX + 32];
    int wanted_len = snprintf(wanted, sizeof wanted, "SOCKFAULT_BOARD=%s", board_path);
    ssize_t len = read_proc(pid, "environ", space, ENVIRONMENT_MAX);
    return len > 0 && memmem(space, (size_t)len + 1, wanted, (size_t)wanted_len + 1) != NULL;
}

static bool kill_if_ours(const struct stage *stage, pid_t pid, char *space)
{
    /* The descriptor first: what is found out next is then true of what is killed. */
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return false;
    bool ours =
        on_board(stage->board, pid) || (start_time(pid) != 0 && knows_board(stage->board_path, pid, space));
    if (ours)
        syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
    close(fd);
    return ours;
}

/* One look at all processes. Returns how many of ours there were. */
static int kill_round(const struct stage *stage, char *space)
{
    int found = 0;
    DIR *dir = opendir("/proc");
    if (dir == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid > 1 && pid != getpid())
            found += kill_if_ours(stage, pid, space);
    }
    closedir(dir);
    return found;
}

static void clean(struct stage *stage, const struct control_endpoint *control)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    char *space = malloc(ENVIRONMENT_MAX);
    if (control != NULL)
        control_endpoint_unlink(control);
    /* Again until nobody is left: one may fork while we look. */
    for (int i = 0; space != NULL && i < ROUNDS && kill_round(stage, space) > 0; i++)
        nanosleep(&pause, NULL);
    free(space);
    stage_close(stage);
}

/* Closes all but one descriptor and the folder's lock: a pipe's reader must not wait for the janitor. */
static void close_others(int keep, int lock)
{
    int low = keep < lock ? keep : lock, high = keep < lock ? lock : keep;
    if (low > 0)
        close_range(0, (unsigned int)low - 1, 0);
    if (high > low + 1)
        close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
    close_range((unsigned int)high + 1, ~0U, 0);
}

static _Noreturn void watch(int lifeline, struct stage *stage, const struct control_endpoint *control)
{
    char byte;
    ssize_t got;
    setsid();
    prctl(PR_SET_NAME, "sockfault-clean");
    close_others(lifeline, stage->folder.lock);
    while ((got = read(lifeline, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (got == 0)
        clean(stage, control);
    folder_release(&stage->folder);
    close(lifeline);
    _exit(0);
}

bool janitor_start(struct janitor *janitor, struct stage *stage, const struct control_endpoint *control,
                   struct diag *diag)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        diag_set(diag, STATUS_TROUBLE, "pipe: %m");
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        watch(ends[0], stage, control);
    }
    close(ends[0]);
    if (pid < 0) {
        diag_set(diag, STATUS_TROUBLE, "fork: %m");
        close(ends[1]);
        return false;
    }
    *janitor = (struct janitor){pid, ends[1]};
    return true;
}

void janitor_dismiss(struct janitor *janitor)
{
    if (janitor->lifeline < 0)
        return;
    while (write(janitor->lifeline, "", 1) < 0 && errno == EINTR)
        ;
    close(janitor->lifeline);
    while (waitpid(janitor->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    janitor->lifeline = -1;
}
