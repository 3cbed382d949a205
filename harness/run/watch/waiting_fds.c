#include "harness/run/watch/waiting_fds.h"

#include "harness/phrase.h"
#include "harness/text.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TOLD = 4, POLLED_MAX = 256 };

/* What a descriptor is, as proc(5) says it: "socket:[123]"; "" when it is not there. */
static const char *target_of(pid_t pid, int fd, char target[256])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t len = readlink(path, target, 255);
    target[len > 0 ? len : 0] = '\0';
    return target;
}

const struct board_socket *fd_socket(const struct board *board, pid_t pid, int fd)
{
    char target[256];
    unsigned long long inode;
    if (sscanf(target_of(pid, fd, target), "socket:[%llu]", &inode) != 1 || inode == 0)
        return NULL;
    for (size_t i = 0; i < BOARD_SOCKETS; i++)
        if (atomic_load(&board->sockets[i].inode) == inode)
            return &board->sockets[i];
    return NULL;
}

/* " (pipe)", " (timerfd)" of what has a kind of its own and no name. */
static const char *kind_text(const char *target)
{
    static const char *const kinds[][2] = {
        {"pipe:", " (pipe)"},
        {"socket:", " (socket)"},
        {"anon_inode:[eventfd]", " (eventfd)"},
        {"anon_inode:[timerfd]", " (timerfd)"},
        {"anon_inode:[signalfd]", " (signalfd)"},
        {"anon_inode:[eventpoll]", " (epoll)"},
        {"anon_inode:inotify", " (inotify)"},
        {"anon_inode:[pidfd]", " (pidfd)"},
        {"/dev/pts/", " (terminal)"},
        {"/dev/tty", " (terminal)"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(target, kinds[i][0], strlen(kinds[i][0])) == 0)
            return kinds[i][1];
    return "";
}

char *fd_text(const struct board *board, pid_t pid, int fd)
{
    char target[256];
    const struct board_socket *socket = fd_socket(board, pid, fd);
    uint32_t connection = socket ? atomic_load(&socket->connection) : 0;
    if (connection > 0)
        return text_format("connection %u", connection);
    return text_format("descriptor %d%s", fd, kind_text(target_of(pid, fd, target)));
}

char *fd_listener_text(const struct board *board, pid_t pid, int fd)
{
    const struct board_socket *socket = fd_socket(board, pid, fd);
    if (socket && socket->local.port != 0)
        return text_format("a connection on port %u", socket->local.port);
    return text_format("a connection on descriptor %d", fd);
}

struct list {
    const struct board *board;
    pid_t pid;
    int count;
    char *text;
};

/* input, room: what of it is waited for. Neither: errors and ends alone, unless it is disarmed. */
static void add(struct list *list, int fd, bool input, bool room, bool disarmed)
{
    const struct board_socket *socket = fd_socket(list->board, list->pid, fd);
    if (list->count++ >= TOLD)
        return;
    bool listens = input && socket && (atomic_load(&socket->flags) & SOCKET_LISTENING);
    char *what = listens ? fd_listener_text(list->board, list->pid, fd) : fd_text(list->board, list->pid, fd);
    const char *how = input && room ? "input or room on "
                      : input       ? "input on "
                      : room        ? "room to send on "
                      : disarmed    ? "nothing on "
                                    : "an error or end on ";
    phrase_append(&list->text, ", ", "%s%s%s", listens ? "" : how, what ? what : "?",
                  disarmed ? " (disarmed: EPOLLONESHOT)" : "");
    free(what);
}

static bool copy_from(pid_t pid, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)(uintptr_t)address, size};
    return address != 0 && process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static bool add_polled(struct list *list, const struct task *task)
{
    struct pollfd fds[POLLED_MAX];
    uint64_t count = task->args[1];
    if (count > POLLED_MAX || (count > 0 && !copy_from(task->pid, task->args[0], fds, count * sizeof *fds)))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (fds[i].fd >= 0)
            add(list, fds[i].fd, fds[i].events & (POLLIN | POLLRDNORM | POLLPRI | POLLRDBAND),
                fds[i].events & (POLLOUT | POLLWRNORM), false);
    return true;
}

/* A set may be shorter than fd_set, or longer: what there is of it is what nfds says, in whole words. */
static bool add_selected(struct list *list, const struct task *task)
{
    unsigned long sets[3][FD_SETSIZE / (8 * sizeof(long))] = {{0}};
    size_t bits = 8 * sizeof(long);
    uint64_t nfds = task->args[0];
    if (nfds > FD_SETSIZE)
        return false;
    for (int k = 0; k < 3; k++)
        if (nfds > 0 && task->args[k + 1] != 0 &&
            !copy_from(task->pid, task->args[k + 1], sets[k], (nfds + bits - 1) / bits * sizeof(long)))
            return false;
    for (uint64_t fd = 0; fd < nfds; fd++) {
        bool in[3];
        for (int k = 0; k < 3; k++)
            in[k] = sets[k][fd / bits] >> fd % bits & 1;
        if (in[0] || in[1] || in[2])
            add(list, (int)fd, in[0] || in[2], in[1], false);
    }
    return true;
}

static bool add_epoll(struct list *list, const struct task *task)
{
    char path[80], line[256];
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)task->pid, (int)task->args[0]);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        int fd;
        unsigned int events;
        if (sscanf(line, "tfd: %d events: %x", &fd, &events) != 2)
            continue;
        /* Having fired, EPOLLONESHOT leaves the flags of how and takes away those of what. */
        bool disarmed = (events & EPOLLONESHOT) && !(events & (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP));
        add(list, fd, events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP), events & EPOLLOUT, disarmed);
    }
    fclose(file);
    return true;
}

static bool add_all(struct list *list, const struct task *task)
{
    switch (task->number) {
#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll:
        return add_polled(list, task);
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
        return add_selected(list, task);
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
        return add_epoll(list, task);
    }
    return false;
}

char *fds_wait_text(const struct board *board, const struct task *task)
{
    struct list list = {.board = board, .pid = task->pid};
    if (!add_all(&list, task)) {
        free(list.text);
        return NULL;
    }
    if (list.count == 0)
        return strdup("no descriptor at all");
    if (list.count > TOLD)
        phrase_append(&list.text, " and ", "%d more descriptor%s", list.count - TOLD,
                      list.count == TOLD + 1 ? "" : "s");
    return list.text;
}
