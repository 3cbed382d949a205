#include "harness/run/start/become.h"

#include "harness/run/start/peers.h"
#include "shim/model/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What we ignore or block would be inherited through exec, SIGPIPE above all, and hide bugs. */
static void default_signals(void)
{
    /* The kernel's own struct sigaction, all zero: SIG_DFL. The C library's function refuses the two signals
     * that it has for itself, and whoever started us may have had those ignored as well. */
    static const unsigned long action[16] = {0};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, action, NULL, NSIG / 8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void give_up(const struct launch *launch, enum trouble_step step)
{
    struct trouble trouble = {step, errno};
    if (write(launch->trouble[1], &trouble, sizeof trouble) < 0)
        _exit(126);
    _exit(127);
}

/* The peer keeps nothing of its guardian's but the means to wake it, as descriptor 3. What it says by closing
 * the pipe for trouble is that all is set up. */
static _Noreturn void begin_script(const struct run *run, const struct instance *instance,
                                   const struct launch *launch)
{
    if (dup2(run->bell.fd, 3) < 0 || close_range(4, ~0u, 0) < 0)
        give_up(launch, TROUBLE_DESCRIPTORS);
    peer_become(run, instance, 3);
}

/* 3 is the line of a zygote; all others are gone by exec. */
static bool set_up_descriptors(const struct launch *launch)
{
    unsigned int first = launch->line >= 0 ? ZYGOTE_LINE + 1 : ZYGOTE_LINE;
    if (dup2(launch->input, 0) < 0 || dup2(launch->output[1], 1) < 0 || dup2(launch->error[1], 2) < 0)
        return false;
    if (launch->line >= 0 && launch->line != ZYGOTE_LINE && dup2(launch->line, ZYGOTE_LINE) < 0)
        return false;
    if (launch->line == ZYGOTE_LINE && fcntl(ZYGOTE_LINE, F_SETFD, 0) < 0)
        return false;
    return close_range(first, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

void become(const struct run *run, const struct instance *instance, const struct launch *launch)
{
    static const struct rlimit no_core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launch->guardian)
        _exit(127);
    setsid();
    default_signals();
    setrlimit(RLIMIT_CORE, &no_core);
    if (chdir(run->options->root) < 0 || chdir(launch->cwd) < 0)
        give_up(launch, TROUBLE_DIRECTORY);
    if (!set_up_descriptors(launch))
        give_up(launch, TROUBLE_DESCRIPTORS);
    if (instance->process->peer)
        begin_script(run, instance, launch);
    execve(launch->path, launch->argv, launch->environment.items);
    give_up(launch, TROUBLE_EXEC);
}
