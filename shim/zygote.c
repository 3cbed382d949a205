#include "shim/zygote.h"
#include "shim/intercept/next.h"
#include "shim/model/zygote.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What glibc has of the calling thread's, and must have of a copy that it did not make itself. */
struct thread_words {
    int *tid; /* set_tid_address(2) */
    void *robust;
    size_t robust_size; /* get_robust_list(2) */
};

bool zygote_is_wanted(void)
{
    struct ucred other;
    int domain = 0, type = 0;
    socklen_t domain_len = sizeof domain, type_len = sizeof type, len = sizeof other;
    return next_getsockopt(ZYGOTE_LINE, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) == 0 &&
           next_getsockopt(ZYGOTE_LINE, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && domain == AF_UNIX &&
           type == SOCK_SEQPACKET &&
           next_getsockopt(ZYGOTE_LINE, SOL_SOCKET, SO_PEERCRED, &other, &len) == 0 &&
           other.pid == (pid_t)syscall(SYS_getppid);
}

/* fds stays -1 where none came. false: nobody asks any more. */
static bool take_order(struct zygote_order *order, int fds[ZYGOTE_FDS])
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(ZYGOTE_FDS * sizeof(int))];
    } control;
    struct iovec part = {order, sizeof *order};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got;
    while ((got = next_recvmsg(ZYGOTE_LINE, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (got != (ssize_t)sizeof *order || !header || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(ZYGOTE_FDS * sizeof(int)))
        return false;
    memcpy(fds, CMSG_DATA(header), ZYGOTE_FDS * sizeof(int));
    return true;
}

static void answer(int32_t pid, int32_t error)
{
    struct zygote_answer answer = {pid, error};
    if (next_send(ZYGOTE_LINE, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
        _exit(0);
}

static bool find_words(struct thread_words *ret)
{
    return prctl(PR_GET_TID_ADDRESS, &ret->tid) == 0 && ret->tid &&
           syscall(SYS_get_robust_list, 0, &ret->robust, &ret->robust_size) == 0;
}

/*
 * A copy whose parent is ours: the program's parent is who started it, and who waits for it. fork(3) cannot
 * do that; what it does besides for glibc is done here, but for handlers (pthread_atfork), of which there are
 * none yet, and locks, which nobody holds. 0: we are the copy.
 */
static pid_t copy(const struct thread_words *words)
{
    struct clone_args args = {.flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
                              .child_tid = (uintptr_t)words->tid};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        syscall(SYS_set_robust_list, words->robust, words->robust_size);
    return pid;
}

static _Noreturn void give_up(int fd, enum trouble_step step)
{
    struct trouble trouble = {step, errno};
    if (next_write(fd, &trouble, sizeof trouble) < 0)
        _exit(126);
    _exit(127);
}

/* As harness/run/start/become.c has it before exec. That the pipe for trouble is closed tells that all went
 * well.
 */
static void set_up(const struct zygote_order *order, const int fds[ZYGOTE_FDS], pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if ((pid_t)syscall(SYS_getppid) != parent)
        _exit(127);
    setsid();
    if (chdir(order->cwd) < 0)
        give_up(fds[ZYGOTE_TROUBLE], TROUBLE_DIRECTORY);
    for (int i = ZYGOTE_INPUT; i <= ZYGOTE_ERROR; i++)
        if (next_dup2(fds[i], i) < 0)
            give_up(fds[ZYGOTE_TROUBLE], TROUBLE_DESCRIPTORS);
    if (next_close_range(ZYGOTE_LINE, ~0u, 0) < 0)
        give_up(fds[ZYGOTE_TROUBLE], TROUBLE_DESCRIPTORS);
}

void zygote_serve(void)
{
    static struct zygote_order order;
    struct thread_words words;
    pid_t parent = (pid_t)syscall(SYS_getppid);
    if (!find_words(&words))
        _exit(0);
    answer((int32_t)syscall(SYS_getpid), 0);
    for (;;) {
        int fds[ZYGOTE_FDS];
        if (!take_order(&order, fds))
            _exit(0);
        pid_t pid = copy(&words);
        if (pid == 0) {
            set_up(&order, fds, parent);
            return;
        }
        answer(pid, pid < 0 ? errno : 0);
        for (int i = 0; i < ZYGOTE_FDS; i++)
            next_close(fds[i]);
    }
}
