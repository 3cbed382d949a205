#include "harness/run/start/launch.h"

#include "harness/run/start/peers.h"
#include "harness/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

bool launch_prepare(const struct run *run, struct instance *instance, struct launch *launch,
                    struct diag *diag)
{
    *launch =
        (struct launch){.input = -1, .output = {-1, -1}, .error = {-1, -1}, .trouble = {-1, -1}, .line = -1};
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

void launch_free(struct launch *launch)
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
