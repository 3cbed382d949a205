#include "harness/coverage/run_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool fails(struct diag *diag, const char *program, const char *what)
{
    diag_set(diag, STATUS_TROUBLE, "%s: %s", program, what);
    return false;
}

static int spawn(const char *const *argv, int out, pid_t *ret)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    int error = posix_spawnp(ret, argv[0], &files, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* Takes fd. NULL: no memory. */
static char *read_all(int fd, size_t *ret_len)
{
    char *text = NULL, part[65536];
    FILE *memory = open_memstream(&text, ret_len);
    ssize_t got = 1;
    while (memory != NULL && got != 0) {
        got = read(fd, part, sizeof part);
        if (got < 0 && errno != EINTR)
            break;
        if (got > 0)
            fwrite(part, 1, (size_t)got, memory);
    }
    close(fd);
    if (memory != NULL && fclose(memory) != 0) {
        free(text);
        return NULL;
    }
    return memory == NULL ? NULL : text;
}

bool tool_run(const char *const *argv, char **ret_text, size_t *ret_len, struct diag *diag)
{
    int out[2], status = 0;
    pid_t pid;
    if (pipe2(out, O_CLOEXEC) < 0)
        return fails(diag, argv[0], strerror(errno));
    int error = spawn(argv, out[1], &pid);
    close(out[1]);
    char *text = read_all(out[0], ret_len);
    while (error == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (error != 0 || status != 0 || text == NULL) {
        free(text);
        return fails(diag, argv[0],
                     error != 0    ? strerror(error)
                     : status != 0 ? "it did not do its work"
                                   : "no memory for what it says");
    }
    *ret_text = text;
    return true;
}
