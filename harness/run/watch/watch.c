#include "harness/run/watch/watch.h"

#include "harness/clock.h"
#include "harness/run/start/roles.h"
#include "harness/run/watch/memory.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/stream.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* The trace ring holds 32,768 calls; it is emptied at least so often. */
#define TRACE_PERIOD_NS (10 * NS_PER_MS)

/* The descriptors that are always there; then two for each instance. */
enum { POLL_LIFELINE, POLL_CHILDREN, POLL_BELL, POLL_FIXED };

bool watch_begin(struct run *run)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    run->child_events = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run->child_events < 0)
        return run_give_up(run, VERDICT_ERROR, "signalfd: %s", strerror(errno));
    struct diag diag = {0};
    if (!bell_start(&run->bell, run->board, &diag))
        return run_give_up(run, VERDICT_ERROR, "%s", diag.text);
    return true;
}

void watch_end(struct run *run)
{
    bell_stop(&run->bell);
    if (run->child_events >= 0)
        close(run->child_events);
    run->child_events = -1;
}

void watch_kill(struct instance *instance, enum kill_reason why)
{
    if (instance->state != INSTANCE_RUNNING)
        return;
    if (instance->killed == KILL_NONE)
        instance->killed = why;
    kill(-instance->pid, SIGKILL);
    kill(instance->pid, SIGKILL);
}

static void read_streams(struct instance *instance)
{
    stream_read(&instance->out, instance->process->output_limit);
    stream_read(&instance->err, instance->process->output_limit);
    if (instance->out.cut || instance->err.cut)
        watch_kill(instance, KILL_OUTPUT);
}

static struct instance *by_pid(struct run *run, pid_t pid)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->instances[i].state == INSTANCE_RUNNING && run->instances[i].pid == pid)
            return &run->instances[i];
    return NULL;
}

/* Waits for every child that has ended: ours, and orphans that were given to us. */
static void reap(struct run *run)
{
    int status;
    struct rusage usage;
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
        struct instance *instance = by_pid(run, pid);
        if (!instance)
            continue;
        memory_had(instance, (uint64_t)usage.ru_maxrss * 1024);
        instance->state = INSTANCE_ENDED;
        instance->wait_status = status;
        instance->ended_ns = run_now(run);
    }
}

void watch_board(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        if (!instance->pid || instance->hello)
            continue;
        if (instance->role < 0)
            instance->role = role_find(run->board, instance->name);
        instance->hello = instance->role >= 0 && role_said_hello(run->board, instance->role);
    }
}

/* Only those that are open: ppoll(2) takes no more entries than a process may have descriptors. */
static void add_stream(struct pollfd *fds, size_t *count, const struct stream *stream)
{
    if (stream->fd >= 0)
        fds[(*count)++] = (struct pollfd){.fd = stream->fd, .events = POLLIN};
}

/* Whether the next entry is that stream's and has something to tell. */
static bool has_news(const struct pollfd **next, const struct pollfd *end, const struct stream *stream)
{
    return *next < end && (*next)->fd == stream->fd && (*next)++->revents;
}

static void read_news(struct run *run, const struct pollfd *fds, size_t count)
{
    const struct pollfd *next = fds + POLL_FIXED, *end = fds + count;
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        bool out = has_news(&next, end, &instance->out), err = has_news(&next, end, &instance->err);
        if (out || err)
            read_streams(instance);
    }
}

static size_t gather(struct run *run, struct pollfd *fds)
{
    fds[POLL_LIFELINE] = (struct pollfd){.fd = run->guard->lifeline};
    fds[POLL_CHILDREN] = (struct pollfd){.fd = run->child_events, .events = POLLIN};
    fds[POLL_BELL] = (struct pollfd){.fd = run->bell.fd, .events = POLLIN};
    size_t count = POLL_FIXED;
    for (size_t i = 0; i < run->count; i++) {
        add_stream(fds, &count, &run->instances[i].out);
        add_stream(fds, &count, &run->instances[i].err);
    }
    return count;
}

/* Empties a signalfd or an eventfd: that it was readable is all there is to know. */
static void swallow(int fd)
{
    char events[16 * sizeof(struct signalfd_siginfo)];
    while (read(fd, events, sizeof events) == (ssize_t)sizeof events)
        ;
}

static void take_note(struct run *run, const struct pollfd *fds, size_t count)
{
    if (fds[POLL_LIFELINE].revents)
        run->orphaned = true;
    if (fds[POLL_BELL].revents)
        swallow(run->bell.fd);
    if (fds[POLL_CHILDREN].revents)
        swallow(run->child_events);
    read_news(run, fds, count);
    if (!fds[POLL_CHILDREN].revents)
        return;
    reap(run);
    /* What it wrote before it ended is there by now. */
    for (size_t i = 0; i < run->count; i++)
        if (run->instances[i].state == INSTANCE_ENDED)
            read_streams(&run->instances[i]);
}

/* How long to wait, at most until `until_ns` on the run's clock. */
static struct timespec patience(const struct run *run, int64_t until_ns)
{
    int64_t now = clock_ns(), left = rest_next_ns(run) - now, until = until_ns - run_now(run);
    left = left < TRACE_PERIOD_NS ? left : TRACE_PERIOD_NS;
    left = left < until ? left : until;
    return (struct timespec){.tv_nsec = left > 0 ? (long)left : 0};
}

/*
 * ppoll(2) that comes back when it is time. The kernel may be late by 50 us, which is half of what is waited
 * for between two looks (PR_SET_TIMERSLACK of prctl(2)); whoever is started must not inherit it.
 */
static int wait_exactly(struct pollfd *fds, size_t count, const struct timespec *wait)
{
    int slack = prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, 1);
    int ready = ppoll(fds, count, wait, NULL);
    prctl(PR_SET_TIMERSLACK, slack > 0 ? slack : 0);
    return ready;
}

void watch_step(struct run *run, int64_t until_ns)
{
    struct pollfd *fds = calloc(POLL_FIXED + 2 * run->count, sizeof *fds);
    if (!fds) {
        run_give_up(run, VERDICT_ERROR, "out of memory");
        return;
    }
    size_t count = gather(run, fds);
    struct timespec wait = patience(run, until_ns), none = {0};
    struct quiet_answer answer;
    if (wait_exactly(fds, count, &wait) > 0) {
        take_note(run, fds, count);
        rest_stir(run);
    } else if (rest_look(run, &answer) && ppoll(fds, count, &none, NULL) == 0) {
        rest_goes_on(run, &answer, until_ns);
    }
    free(fds);
    memory_look(run);
    watch_board(run);
    tracelog_drain(&run->log, run->board, false);
}

void watch_look(struct run *run)
{
    watch_step(run, 0);
}
