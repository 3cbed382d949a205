#include "harness/run/debugger.h"

#include "harness/clock.h"
#include "harness/run/watch/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATIENCE_MS = 20, FRAMES = 64 };

/* Whom, and where: as the board says, from where nothing is trusted. */
struct held {
    pid_t pid, tid;
    uint64_t site;
};

static bool is_instance(const struct run *run, pid_t pid)
{
    for (size_t i = 0; i < BOARD_PROCESSES; i++)
        if (atomic_load(&run->board->processes[i].pid) == pid &&
            atomic_load(&run->board->processes[i].state) == BOARD_PROCESS_HELLO)
            return pid > 1;
    return false;
}

/*
 * Commands that leave the frame selected from which the call was made: its $pc is the return address. gdb
 * begins with the first thread; another is found by Python alone.
 */
static bool write_commands(const struct held *held, const char *path)
{
    FILE *to = fopen(path, "we");
    if (to == NULL)
        return false;
    if (held->tid != held->pid)
        fprintf(to, "python [t.switch() for t in gdb.selected_inferior().threads() if t.ptid[1] == %d]\n",
                (int)held->tid);
    fprintf(to,
            "set $sockfault = %d\n"
            "while $sockfault > 0 && (unsigned long)$pc != %" PRIu64 "UL\n"
            "  up-silently\n"
            "  set $sockfault = $sockfault - 1\n"
            "end\n"
            "frame\n",
            FRAMES, held->site);
    return fclose(to) == 0;
}

/* The words of its command line; ends with NULL. NULL: no memory. */
static const char **make_words(const struct run_debugger *debugger, const char *pid, const char *commands)
{
    const char **words = calloc(2 * debugger->command_count + 12, sizeof *words);
    size_t count = 0;
    if (words == NULL)
        return NULL;
    words[count++] = debugger->path;
    words[count++] = "-q";
    if (debugger->command_count > 0) {
        words[count++] = "-nx";
        words[count++] = "-batch";
    }
    words[count++] = "-p";
    words[count++] = pid;
    words[count++] = "-x";
    words[count++] = commands;
    for (size_t i = 0; i < debugger->command_count; i++) {
        words[count++] = "-ex";
        words[count++] = debugger->command[i];
    }
    return words;
}

static _Noreturn void be_debugger(const struct run_debugger *debugger, const char **words)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    unsetenv("DEBUGINFOD_URLS"); /* nobody asked for the network */
    execv(debugger->path, (char *const *)words);
    fprintf(stderr, "sockfault: %s: %s\n", debugger->path, strerror(errno));
    _exit(127);
}

static bool is_traced(pid_t pid)
{
    char path[40], line[128];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && tracer == 0 && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "TracerPid: %d", &tracer) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return tracer > 0;
}

/* Until the debugger has ended, or the harness has. Whether it was attached. */
static bool wait_for(struct run *run, const struct held *held, int pidfd)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    bool attached = false;
    while (poll(&ended, 1, PATIENCE_MS) <= 0 && !run_lost(run)) {
        watch_look(run); /* what the programs write has to go somewhere */
        if (!attached && is_traced(held->pid)) {
            attached = true;
            atomic_store(&run->board->hold, 0); /* it stands still all the same */
        }
    }
    return attached;
}

static bool debug(struct run *run, const struct held *held)
{
    const struct run_debugger *debugger = run->options->debugger;
    char commands[PATH_MAX + 16], pid[24];
    snprintf(commands, sizeof commands, "%s/gdb", run->guard->folder);
    snprintf(pid, sizeof pid, "%d", (int)held->pid);
    const char **words = write_commands(held, commands) ? make_words(debugger, pid, commands) : NULL;
    pid_t child = words == NULL ? -1 : fork();
    if (child == 0)
        be_debugger(debugger, words);
    int pidfd = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
    bool attached = pidfd >= 0 && wait_for(run, held, pidfd);
    if (pidfd < 0 && child > 0)
        kill(child, SIGKILL);
    if (pidfd >= 0)
        close(pidfd);
    free(words);
    return attached;
}

void debugger_look(struct run *run)
{
    struct held held = {.pid = run->board ? atomic_load(&run->board->held_pid) : 0};
    if (run->options->debugger == NULL || held.pid == 0 || atomic_load(&run->board->hold) == 0)
        return;
    int64_t began = clock_ns();
    held.tid = atomic_load(&run->board->held_tid);
    held.site = atomic_load(&run->board->held_site);
    if (!is_instance(run, held.pid) || !debug(run, &held))
        run_note(run, "the debugger could not be attached to process %d", (int)held.pid);
    atomic_store(&run->board->hold, 0);
    run->deadline_ns += clock_ns() - began;
}
