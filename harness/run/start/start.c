#include "harness/run/start/start.h"

#include "harness/phrase.h"
#include "harness/run/lasting/zygotes.h"
#include "harness/run/start/become.h"
#include "harness/run/start/launch.h"
#include "harness/run/start/peers.h"
#include "harness/run/watch/rest.h"
#include "shim/model/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void explain(const struct launch *launch, const struct trouble *trouble, struct diag *diag)
{
    const char *what = strerror(trouble->error);
    if (trouble->step == TROUBLE_DIRECTORY)
        diag_set(diag, STATUS_TROUBLE, "cwd: %s: %s", launch->cwd, what);
    else if (trouble->step == TROUBLE_EXEC)
        diag_set(diag, STATUS_TROUBLE, "%s: %s", launch->path, what);
    else
        diag_set(diag, STATUS_TROUBLE, "its descriptors cannot be set up: %s", what);
}

/* Waits until the child has got through exec, or to its script (the pipe closes), or says why not. */
static bool came_through(struct run *run, struct launch *launch, struct diag *diag)
{
    struct pollfd fds[] = {{.fd = launch->trouble[0], .events = POLLIN},
                           {.fd = run->guard->lifeline, .events = 0}};
    struct trouble trouble;
    close(launch->trouble[1]);
    launch->trouble[1] = -1;
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (!fds[0].revents) {
        run->orphaned = true;
        return false;
    }
    if (read(launch->trouble[0], &trouble, sizeof trouble) != sizeof trouble)
        return true;
    explain(launch, &trouble, diag);
    return false;
}

static void take_over(struct instance *instance, struct launch *launch, pid_t pid)
{
    instance->pid = pid;
    instance->state = INSTANCE_RUNNING;
    instance->out.fd = launch->output[0];
    instance->err.fd = launch->error[0];
    launch->output[0] = launch->error[0] = -1;
    fcntl(instance->out.fd, F_SETFL, O_NONBLOCK);
    fcntl(instance->err.fd, F_SETFL, O_NONBLOCK);
    instance->command = launch->argv ? phrase_command(launch->argv) : peer_command(instance->process);
}

/*
 * The child: of a zygote, if there is one for it. One that will exec needs no copy of our memory, which takes
 * longer to make than all else here: vfork(2). `become` writes to nothing of ours but errno, and signals find
 * their default actions in it. Its handlers until then are ours, and so is SIGBUS (mend.h): it has no
 * business with the board.
 */
static pid_t start_child(struct run *run, const struct instance *instance, const struct launch *launch)
{
    pid_t pid = zygotes_begin(run, instance, launch);
    if (pid != 0)
        return pid;
    pid = instance->process->peer ? fork() : vfork();
    if (pid == 0)
        become(run, instance, launch);
    return pid;
}

bool start_instance(struct run *run, struct instance *instance)
{
    const struct place *place = &instance->process->place;
    struct launch launch;
    struct diag diag = {0};
    bool started = false;
    if (!launch_prepare(run, instance, &launch, &diag))
        goto out;
    instance->started_ns = run_now(run);
    pid_t pid = start_child(run, instance, &launch);
    if (pid < 0)
        diag_set(&diag, STATUS_TROUBLE, "fork: %s", strerror(errno));
    else if (came_through(run, &launch, &diag)) {
        take_over(instance, &launch, pid);
        started = true;
    } else if (!run->orphaned)
        waitpid(pid, NULL, 0);
out:
    if (!started && !run->orphaned)
        run_give_up(run, VERDICT_ERROR, "%s:%d:%d: process %s cannot be started: %s", place->file,
                    place->line, place->column, instance->name, diag_ok(&diag) ? "out of memory" : diag.text);
    launch_free(&launch);
    return started;
}
