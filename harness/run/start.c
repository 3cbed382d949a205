#include "harness/run/start.h"

#include "harness/run/clock.h"
#include "harness/run/environ.h"
#include "harness/run/peers.h"
#include "harness/run/phrase.h"
#include "harness/run/rest.h"
#include "harness/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* All a child needs, made before the fork: after it only what is async-signal-safe may be done. */
struct launch {
    char **argv;
    const char *path; /* of the executable */
    struct environment environment;
    char *cwd;
    int input, output[2], error[2], trouble[2];
    pid_t guardian;
};

/* What went wrong in the child, in its own words. */
struct trouble {
    enum { TROUBLE_DIRECTORY, TROUBLE_DESCRIPTORS, TROUBLE_EXEC } step;
    int error;
};

static void free_launch(struct launch *launch)
{
    int *fds[] = {&launch->input,    &launch->output[0],  &launch->output[1], &launch->error[0],
                  &launch->error[1], &launch->trouble[0], &launch->trouble[1]};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (*fds[i] >= 0)
            close(*fds[i]);
    for (char **word = launch->argv; word && *word; word++)
        free(*word);
    free(launch->argv);
    environment_free(&launch->environment);
    free(launch->cwd);
}

/* Arguments with run-time variables replaced. A program named by a relative path is found from any working
 * directory. */
static bool expand_arguments(const struct run *run, const struct instance *instance, struct launch *launch,
                             struct diag *diag)
{
    const struct scenario_process *process = instance->process;
    launch->argv = calloc(process->run_count + 1, sizeof *launch->argv);
    for (size_t i = 0; launch->argv && i < process->run_count; i++)
        if (!(launch->argv[i] = scenario_expand(process->run[i], &run->runtime, diag)))
            return false;
    if (!launch->argv || strchr(launch->argv[0], '/') == NULL || launch->argv[0][0] == '/')
        return launch->argv != NULL;
    free(launch->argv[0]);
    launch->argv[0] = strdup(launch->path);
    return launch->argv[0] != NULL;
}

/* A file in memory with the text, to be read from its beginning. */
static int text_input(const char *text, struct diag *diag)
{
    int fd = memfd_create("stdin", MFD_CLOEXEC);
    size_t len = strlen(text), done = 0;
    while (fd >= 0 && done < len) {
        ssize_t wrote = write(fd, text + done, len - done);
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    if (fd >= 0 && done == len && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    diag_set(diag, STATUS_TROUBLE, "its input cannot be made: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int file_input(const struct run *run, const char *name, struct diag *diag)
{
    char *path = name[0] == '/' ? strdup(name) : text_format("%s/%s", run->options->root, name);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        diag_set(diag, STATUS_TROUBLE, "stdin: %s: %s", path ? path : name, strerror(errno));
    else
        fcntl(fd, F_SETFL, 0); /* opened so that a FIFO nobody writes to does not hold us up */
    free(path);
    return fd;
}

static int open_input(const struct run *run, const struct scenario_process *process, struct diag *diag)
{
    const char *given = process->stdin_text ? process->stdin_text : process->stdin_file;
    if (!given)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    char *expanded = scenario_expand(given, &run->runtime, diag);
    if (!expanded)
        return -1;
    int fd = process->stdin_text ? text_input(expanded, diag) : file_input(run, expanded, diag);
    free(expanded);
    return fd;
}

/* The program's own words behind valgrind's. */
static bool add_valgrind(const struct run *run, const struct instance *instance, struct launch *launch)
{
    char prefix[PATH_MAX];
    size_t count = 0, own = instance->process->run_count;
    if (run->options->tool != MEMORY_VALGRIND || !instance_shimmed(instance))
        return true;
    memory_prefix(run->guard->folder, instance->name, prefix);
    char *program = strdup(launch->path);
    char **words = program ? memory_valgrind_words(run->options->valgrind, prefix, own, &count) : NULL;
    if (!words) {
        free(program);
        return false;
    }
    free(launch->argv[0]);
    launch->argv[0] = program;
    memcpy(words + count, launch->argv, (own + 1) * sizeof *words);
    free(launch->argv);
    launch->argv = words;
    launch->path = run->options->valgrind;
    return true;
}

static bool prepare_program(const struct run *run, const struct instance *instance, struct launch *launch,
                            struct diag *diag)
{
    launch->path = run->programs[instance->index].path;
    return expand_arguments(run, instance, launch, diag) && add_valgrind(run, instance, launch) &&
           environment_make(run, instance, false, &launch->environment, diag);
}

static bool prepare(const struct run *run, struct instance *instance, struct launch *launch,
                    struct diag *diag)
{
    const char *cwd = instance->process->cwd;
    launch->guardian = getpid();
    if (instance->process->peer ? !peer_prepare(instance, diag)
                                : !prepare_program(run, instance, launch, diag))
        return false;
    launch->cwd = scenario_expand(cwd ? cwd : run->dir, &run->runtime, diag);
    if (!launch->cwd || (launch->input = open_input(run, instance->process, diag)) < 0)
        return false;
    if (pipe2(launch->output, O_CLOEXEC) < 0 || pipe2(launch->error, O_CLOEXEC) < 0 ||
        pipe2(launch->trouble, O_CLOEXEC) < 0) {
        diag_set(diag, STATUS_TROUBLE, "pipe: %s", strerror(errno));
        return false;
    }
    return true;
}

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

static _Noreturn void give_up(const struct launch *launch, int step)
{
    struct trouble trouble = {.step = step, .error = errno};
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

/* In the child. */
static _Noreturn void become(const struct run *run, const struct instance *instance,
                             const struct launch *launch)
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
    if (dup2(launch->input, 0) < 0 || dup2(launch->output[1], 1) < 0 || dup2(launch->error[1], 2) < 0 ||
        close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        give_up(launch, TROUBLE_DESCRIPTORS);
    if (instance->process->peer)
        begin_script(run, instance, launch);
    execve(launch->path, launch->argv, launch->environment.items);
    give_up(launch, TROUBLE_EXEC);
}

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
 * The child. One that will exec needs no copy of our memory, which takes longer to make than all else here:
 * vfork(2). `become` writes to nothing of ours but errno, and signals find their default actions in it. Its
 * handlers until then are ours, and so is SIGBUS (mend.h): it has no business with the board.
 */
static pid_t start_child(const struct run *run, const struct instance *instance, const struct launch *launch)
{
    pid_t pid = instance->process->peer ? fork() : vfork();
    if (pid == 0)
        become(run, instance, launch);
    return pid;
}

bool start_instance(struct run *run, struct instance *instance)
{
    const struct place *place = &instance->process->place;
    struct launch launch = {.input = -1, .output = {-1, -1}, .error = {-1, -1}, .trouble = {-1, -1}};
    struct diag diag = {0};
    bool started = false;
    if (!prepare(run, instance, &launch, &diag))
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
    free_launch(&launch);
    return started;
}
