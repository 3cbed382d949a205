#include "harness/run/watch/waiting_call.h"

#include "harness/phrase.h"
#include "harness/program/stack.h"
#include "harness/quiet/seen.h"
#include "harness/quiet/sockdiag.h"
#include "harness/run/trace/site_text.h"
#include "harness/run/watch/waiting_fds.h"
#include "harness/text.h"
#include "shim/model/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* What is waited for in system calls that no call on sockets sleeps in. */
static const struct other {
    int number;
    const char *name, *what;
} others[] = {
    {SYS_futex, "futex", "a lock or another thread"},
    {SYS_wait4, "wait4", "the end of a child"},
    {SYS_waitid, "waitid", "the end of a child"},
    {SYS_clock_nanosleep, "clock_nanosleep", "time to pass"},
    {SYS_nanosleep, "nanosleep", "time to pass"},
    {SYS_rt_sigsuspend, "sigsuspend", "a signal"},
    {SYS_rt_sigtimedwait, "sigtimedwait", "a signal"},
#ifdef SYS_pause
    {SYS_pause, "pause", "a signal"},
#endif
    {SYS_flock, "flock", "a file lock"},
    {SYS_fcntl, "fcntl", "a file lock"},
    {SYS_openat, "open", "the other end of a FIFO"},
};

static const struct other *other_of(int number)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].number == number)
            return &others[i];
    return NULL;
}

static bool is_delay(const struct task *task)
{
    return task->number == SYS_clock_nanosleep || task->number == SYS_nanosleep;
}

/* Its thread, if what it published is what it is asleep in. The shim sleeps in nanosleep for a delay, and the
 * resolver in anything. */
static const struct board_thread *published(const struct board *board, const struct task *task)
{
    const struct board_thread *thread = seen_thread(board, task->pid, task->tid);
    uint32_t call = thread ? atomic_load(&thread->call) : 0;
    if (call == 0 || !board_call_name(call))
        return NULL;
    bool on_sockets = call <= CALL_COUNT && call_info((enum call_id)(call - 1))->family != FAMILY_RESOLVE;
    return on_sockets && !is_delay(task) && other_of(task->number) ? NULL : thread;
}

/* MSG_WAITALL of the call it is asleep in. */
static bool wants_all(const struct task *task)
{
    return (task->number == SYS_recvfrom && (task->args[3] & MSG_WAITALL)) ||
           (task->number == SYS_recvmsg && (task->args[2] & MSG_WAITALL));
}

static void append_receive(char **text, const struct board *board, const struct task *task, int fd,
                           int64_t asked)
{
    const struct board_socket *socket = fd_socket(board, task->pid, fd);
    uint64_t before = socket ? atomic_load(&socket->bytes_received) : 0;
    if (socket && socket->type == SOCK_DGRAM)
        phrase_append(text, "", " for a datagram");
    else if (asked >= 0)
        phrase_append(text, "", " for %s %lld byte%s", wants_all(task) ? "all of" : "up to", (long long)asked,
                      asked == 1 ? "" : "s");
    if (socket && socket->type != SOCK_DGRAM && before > 0)
        phrase_append(text, "", " after the first %llu", (unsigned long long)before);
}

/* Whether the other side of that socket takes no more. */
static bool is_shut(const struct board_socket *socket)
{
    struct diag_table table = {0};
    bool shut = false;
    if (socket && diag_read(&table, false))
        for (size_t i = 0; i < table.count && !shut; i++)
            shut = table.sockets[i].inode == atomic_load(&socket->inode) && table.sockets[i].window_shut;
    diag_free(&table);
    return shut;
}

static void append_send(char **text, const struct board *board, const struct task *task, int fd,
                        int64_t asked)
{
    if (asked >= 0)
        phrase_append(text, "", " to send %lld byte%s", (long long)asked, asked == 1 ? "" : "s");
    if (is_shut(fd_socket(board, task->pid, fd)))
        phrase_append(text, "", " (the other side's window is full)");
}

static void append_connect(char **text, const struct board *board, const struct task *task, int fd)
{
    char peer[160];
    const struct board_socket *socket = fd_socket(board, task->pid, fd);
    if (socket && socket->peer.family)
        phrase_append(text, "", " for an answer from %s", endpoint_text(&socket->peer, peer, sizeof peer));
}

/* " for a connection on port 8080": takes over what is appended. */
static void append_for(char **text, char *what)
{
    if (what)
        phrase_append(text, "", " for %s", what);
    free(what);
}

static void append_on(char **text, const struct board *board, pid_t pid, uint32_t connection, int fd)
{
    char *what = connection ? text_format("connection %u", connection) : fd_text(board, pid, fd);
    phrase_append(text, "", " on %s", what ? what : "?");
    free(what);
}

static void append_call(char **text, const struct board *board, const struct task *task,
                        const struct board_thread *thread, enum call_family family)
{
    int fd = atomic_load(&thread->fd);
    int64_t asked = atomic_load(&thread->asked);
    if (family == FAMILY_WAIT) {
        append_for(text, fds_wait_text(board, task));
        return;
    }
    if (family == FAMILY_ACCEPT) {
        append_for(text, fd_listener_text(board, task->pid, fd));
        return;
    }
    if (fd >= 0)
        append_on(text, board, task->pid, atomic_load(&thread->connection), fd);
    if (family == FAMILY_RECEIVE)
        append_receive(text, board, task, fd, asked);
    else if (family == FAMILY_SEND)
        append_send(text, board, task, fd, asked);
    else if (family == FAMILY_CONNECT)
        append_connect(text, board, task, fd);
}

/* "recv() at client.c:29" */
static char *place_text(const struct wait_view *view, const struct task *task,
                        const struct board_thread *thread)
{
    const char *name = board_call_name(atomic_load(&thread->call));
    char *site = site_text(view->board, view->sites, task->pid, atomic_load(&thread->site));
    char *text = text_format("%s()%s%s", name ? name : "?", site ? " at " : "", site ? site : "");
    free(site);
    return text;
}

static char *published_text(const struct wait_view *view, const struct task *task,
                            const struct board_thread *thread)
{
    uint32_t call = atomic_load(&thread->call);
    char *text = NULL, *place = place_text(view, task, thread);
    const struct other *other = other_of(task->number);
    phrase_append(&text, "", "waits in %s", place ? place : "?");
    free(place);
    if (call <= CALL_COUNT && is_delay(task))
        phrase_append(&text, "", " for an injected delay to pass");
    else if (call >= 1 && call <= CALL_COUNT)
        append_call(&text, view->board, task, thread, call_info((enum call_id)(call - 1))->family);
    else if (other)
        phrase_append(&text, "", " for %s", other->what);
    return text;
}

/* " at server.c:77", by the stack. Only of calls that go on after a stop as if nothing had been: signal(7).
 */
static char *stack_text(const struct wait_view *view, const struct task *task)
{
    bool is_file = task->number == SYS_read || task->number == SYS_write;
    char *site = view->may_stop && task->state == 'S' && (is_file || other_of(task->number))
                     ? stack_site(view->sites, task->pid, task->tid)
                     : NULL;
    char *text = text_format("%s%s", site ? " at " : "", site ? site : "");
    free(site);
    return text;
}

static char *file_text(const struct wait_view *view, const struct task *task, const char *at, bool reads)
{
    char *what = fd_text(view->board, task->pid, (int)task->args[0]);
    char *text = text_format("waits in %s()%s for %s %s", reads ? "read" : "write", at,
                             reads ? "input on" : "room in", what ? what : "?");
    free(what);
    return text;
}

/* Of a call that was not published: it did not go through the shim, or is none of those it looks at. */
static char *unpublished_text(const struct wait_view *view, const struct task *task)
{
    const struct other *other = other_of(task->number);
    bool reads = task->number == SYS_read || task->number == SYS_readv;
    bool writes = task->number == SYS_write || task->number == SYS_writev;
    char *fds = fds_wait_text(view->board, task), *at = stack_text(view, task), *text = NULL;
    if (fds)
        text = text_format("waits in poll, select or epoll_wait for %s", fds);
    else if (reads || writes)
        text = file_text(view, task, at ? at : "", reads);
    else if (task->number == SYS_wait4 && (int)task->args[0] > 0)
        text = text_format("waits in wait4()%s for the end of process %d", at ? at : "", (int)task->args[0]);
    else if (other)
        text = text_format("waits in %s()%s for %s", other->name, at ? at : "", other->what);
    else if (task->number == TASK_HIDDEN)
        text = text_format("waits, in what is not told");
    else
        text = text_format("waits in system call %d", task->number);
    free(fds);
    free(at);
    return text;
}

static char *running_text(const struct wait_view *view, const struct task *task)
{
    const struct board_thread *thread = seen_thread(view->board, task->pid, task->tid);
    uint32_t call = thread ? atomic_load(&thread->call) : 0;
    char *place = call != 0 && board_call_name(call) ? place_text(view, task, thread) : NULL;
    char *text = text_format("runs%s%s", place ? ", in " : "", place ? place : "");
    free(place);
    return text;
}

void thread_wait_tell(const struct wait_view *view, const struct task *task, struct thread_wait *ret)
{
    const struct board_thread *thread = published(view->board, task);
    *ret = (struct thread_wait){.since_ns = -1, .left_ns = -1};
    if (task->state == 'T' || task->state == 't')
        ret->text = strdup("is stopped by a signal");
    else if (task->number == TASK_RUNNING)
        ret->text = running_text(view, task);
    else if (!thread)
        ret->text = unpublished_text(view, task);
    else
        ret->text = published_text(view, task, thread);
    if (!thread || task->number == TASK_RUNNING)
        return;
    int64_t since = atomic_load(&thread->since_ns), until = atomic_load(&thread->deadline_ns);
    if (since > 0 && since <= view->now_ns)
        ret->since_ns = view->now_ns - since;
    if (atomic_load(&thread->wait) != 0 && until != BOARD_NEVER && until >= view->now_ns)
        ret->left_ns = until - view->now_ns;
}
