#include "harness/program/libraries.h"
#include "harness/program/elf_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void libraries_free(struct libraries *libraries)
{
    for (size_t i = 0; i < libraries->count; i++)
        free(libraries->paths[i]);
    free(libraries->paths);
    *libraries = (struct libraries){0};
}

/* What would make the loader run code, load what the program does not ask for, or say more. */
static bool is_unwanted(const char *variable)
{
    static const char *const names[] = {"LD_PRELOAD=", "LD_AUDIT=", "LD_DEBUG=", "LD_DEBUG_OUTPUT="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The strings stay envp's. NULL: no memory. */
static char **wanted_environment(char *const *envp)
{
    size_t count = 0, kept = 0;
    while (envp[count] != NULL)
        count++;
    char **wanted = calloc(count + 1, sizeof *wanted);
    for (size_t i = 0; wanted != NULL && i < count; i++)
        if (!is_unwanted(envp[i]))
            wanted[kept++] = envp[i];
    return wanted;
}

static int spawn_loader(const char *loader, const char *program, char *const *envp, int out, pid_t *ret)
{
    char *const arguments[] = {(char *)loader, (char *)"--list", (char *)program, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    int error = posix_spawn(ret, loader, &files, &attributes, arguments, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads to the end of file, or as long and as much as is allowed. Whether the end came. */
static bool read_all(int fd, char text[LIBRARIES_BYTES])
{
    int64_t deadline = now_ms() + LIBRARIES_WAIT_MS;
    size_t len = 0;
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - now_ms();
        int ready = left <= 0 || len == LIBRARIES_BYTES - 1 ? 0 : poll(&wait, 1, (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t got = ready <= 0 ? -1 : read(fd, text + len, LIBRARIES_BYTES - 1 - len);
        if (got < 0 && ready > 0 && errno == EINTR)
            continue;
        len += got > 0 ? (size_t)got : 0;
        text[len] = '\0';
        if (got <= 0)
            return got == 0;
    }
}

/* Runs it to its end. False, and *ret_why. */
static bool ask_loader(const char *loader, const char *program, char *const *envp, char text[LIBRARIES_BYTES],
                       const char **ret_why)
{
    int pipe_ends[2], status;
    pid_t pid;
    if (pipe2(pipe_ends, O_CLOEXEC) < 0) {
        *ret_why = strerror(errno);
        return false;
    }
    int error = spawn_loader(loader, program, envp, pipe_ends[1], &pid);
    close(pipe_ends[1]);
    bool ended = error == 0 && read_all(pipe_ends[0], text);
    close(pipe_ends[0]);
    *ret_why = strerror(error);
    if (error != 0)
        return false;
    /* Its output ends when it does: then this changes nothing. Whatever only closed it is not a loader. */
    kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    *ret_why = ended ? "it failed" : "it did not end, or said too much";
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* "\tNAME => PATH (0xADDRESS)" or "\tPATH (0xADDRESS)": the path, cut out of the line, or NULL. */
static char *path_in(char *line)
{
    char *address = NULL, *arrow = strstr(line, " => ");
    for (char *at = line; (at = strstr(at, " (0x")) != NULL; at++)
        address = at;
    if (address == NULL)
        return NULL;
    *address = '\0';
    char *path = arrow != NULL && arrow < address ? arrow + strlen(" => ") : line + strspn(line, "\t ");
    return strchr(path, '/') != NULL ? path : NULL; /* the kernel's vdso is no file */
}

static bool keep_paths(char *text, struct libraries *ret)
{
    char *rest = text;
    ret->paths = calloc(LIBRARIES_MAX, sizeof *ret->paths);
    for (char *line;
         ret->paths != NULL && ret->count < LIBRARIES_MAX && (line = strsep(&rest, "\n")) != NULL;) {
        char *path = path_in(line);
        if (path != NULL && (ret->paths[ret->count] = strdup(path)) == NULL)
            return false;
        ret->count += path != NULL;
    }
    return ret->paths != NULL;
}

static bool list(const char *loader, const char *program, char *const *envp, struct libraries *ret,
                 struct diag *diag)
{
    const char *why = strerror(ENOMEM);
    char *text = malloc(LIBRARIES_BYTES), **wanted = wanted_environment(envp);
    /* $ORIGIN is where the file is, not where a link to it is. */
    char *file = realpath(program, NULL);
    bool good =
        text != NULL && wanted != NULL && file != NULL && ask_loader(loader, file, wanted, text, &why);
    if (!good)
        diag_set(diag, STATUS_TROUBLE, "%s: its libraries cannot be listed by '%s --list': %s", program,
                 loader, why);
    else if (!(good = keep_paths(text, ret)))
        diag_set(diag, STATUS_TROUBLE, "%s", strerror(ENOMEM));
    free(file);
    free(wanted);
    free(text);
    return good;
}

bool libraries_list(const char *program, char *const *envp, struct libraries *ret, struct diag *diag)
{
    struct elf_facts facts;
    *ret = (struct libraries){0};
    if (!elf_facts_read(program, &facts) || !facts.is_elf) {
        diag_set(diag, STATUS_TROUBLE, "%s: not an ELF program that can be read", program);
        return false;
    }
    if (facts.loader_path[0] == '\0')
        return true;
    return list(facts.loader_path, program, envp != NULL ? envp : environ, ret, diag);
}
