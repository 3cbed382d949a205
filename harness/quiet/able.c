#include "harness/quiet/able.h"

#include "harness/quiet/sockdiag.h"
#include "harness/quiet/tasks.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/* What /proc tells of a child that is stopped: it stays where it is meanwhile. */
static struct task stopped_child(void)
{
    struct task task = {.state = 'X'};
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    if (pid > 0 && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
        task.pid = task.tid = pid;
        task_read(&task);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    return task;
}

const char *quiet_lacks(void)
{
    struct diag_table table = {0};
    struct task task = stopped_child();
    bool sockets = diag_read(&table, false);
    diag_free(&table);
    if (task.state == 'X')
        return "no process could be started";
    if (task.number == TASK_HIDDEN)
        return "/proc/PID/syscall and schedstat cannot be read (ptrace(2) access to one's own processes)";
    return sockets ? NULL
                   : "the kernel does not tell of sockets (sock_diag(7), CONFIG_INET_DIAG, CONFIG_UNIX_DIAG)";
}
