#include "harness/cli/wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const int passed_on[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

/*
 * What is passed on is blocked and waited for. Of ^C and ^\ the terminal tells the program itself, which may
 * live on; so must we, to tell what it did.
 */
static void take_signals(struct child *child)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN}, normal = {.sa_handler = SIG_DFL};
    sigemptyset(&child->caught);
    sigaddset(&child->caught, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
        sigaddset(&child->caught, passed_on[i]);
    sigprocmask(SIG_BLOCK, &child->caught, &child->old_mask);
    sigaction(SIGINT, &ignore, &child->old_interrupt);
    sigaction(SIGQUIT, &ignore, &child->old_quit);
    sigaction(SIGPIPE, &ignore, &child->old_pipe);  /* of a trace nobody reads */
    sigaction(SIGCHLD, &normal, &child->old_child); /* ignored, there would be nothing to wait for */
}

void child_end(struct child *child)
{
    sigaction(SIGINT, &child->old_interrupt, NULL);
    sigaction(SIGQUIT, &child->old_quit, NULL);
    sigaction(SIGPIPE, &child->old_pipe, NULL);
    sigaction(SIGCHLD, &child->old_child, NULL);
    sigprocmask(SIG_SETMASK, &child->old_mask, NULL);
}

/* In the child. Only returns by its end; what went wrong is told through `tell`. */
static _Noreturn void become(struct child *child, pid_t parent, const struct stage *stage, const char *shim,
                             const struct program *program, char **arguments, int tell)
{
    /* The janitor ends what has said hello; until then, the kernel ends it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(WRAP_TROUBLE);
    child_end(child);
    if (stage_enter(stage, shim, program))
        execv(program->path, arguments);
    int error = errno;
    if (write(tell, &error, sizeof error) < 0)
        _exit(WRAP_TROUBLE);
    _exit(WRAP_NOT_EXECUTABLE);
}

int child_start(struct child *child, const struct stage *stage, const char *shim,
                const struct program *program, char **arguments, const char **ret_failed)
{
    int ends[2], error = 0;
    *ret_failed = "pipe";
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    pid_t parent = getpid();
    take_signals(child);
    child->pid = fork();
    if (child->pid == 0)
        become(child, parent, stage, shim, program, arguments, ends[1]);
    if (child->pid < 0) {
        *ret_failed = "fork";
        error = errno;
    }
    close(ends[1]);
    /* End of file: exec has closed it. */
    if (child->pid > 0 && read(ends[0], &error, sizeof error) == sizeof error) {
        *ret_failed = "exec";
        waitpid(child->pid, NULL, 0);
    }
    close(ends[0]);
    if (error != 0)
        child_end(child);
    return error;
}

/* A shell that waits for us must see that its job is stopped; without one, to stop too would be to hang. */
static void stop_too(void)
{
    int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        return;
    bool foreground = tcgetpgrp(terminal) == getpgrp();
    close(terminal);
    if (foreground)
        raise(SIGSTOP);
}

/* Whether it has ended, and then with what. */
static bool reap(const struct child *child, int *ret_status)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(child->pid, &status, WNOHANG | WUNTRACED)) == child->pid && WIFSTOPPED(status))
        stop_too();
    if (pid != child->pid)
        return false;
    *ret_status = WIFSIGNALED(status) ? WRAP_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

int child_wait(struct child *child)
{
    int status = WRAP_TROUBLE;
    while (!reap(child, &status)) {
        int number = sigwaitinfo(&child->caught, NULL);
        if (number > 0 && number != SIGCHLD)
            kill(child->pid, number);
    }
    return status;
}
