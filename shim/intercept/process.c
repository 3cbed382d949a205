/*
 * exec and spawn: they replace the environment, and with it what makes us be loaded again. libc's own
 * variants call one another inside, not through us, so each is wrapped; all end in execve, execvpe, execveat
 * or posix_spawn. The new environment is built on the stack, since a vfork child may write nowhere else.
 * vfork itself cannot be wrapped (it returns twice into the caller's frame) and need not: state_is_borrowed
 * tells its child.
 */
#include "shim/coverage.h"
#include "shim/intercept/attempt.h"
#include "shim/intercept/environment.h"
#include "shim/intercept/next.h"
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/trace.h"

#include <alloca.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SITE __builtin_return_address(0)

/* Defines `fixed`: envp with our variables in it, living until the function returns. */
#define FIXED_ENVIRONMENT(fixed, envp)                                                                       \
    size_t fixed##_text, fixed##_count = environment_room(envp, &fixed##_text);                              \
    char **fixed = alloca(fixed##_count * sizeof *fixed);                                                    \
    environment_restore(envp, fixed, alloca(fixed##_text))

/* An exec that succeeds never comes back to be traced: it is told beforehand, as if it had returned 0. */
static void tell(enum call_id call, const void *site)
{
    struct attempt at;
    if (call_is_idle(call))
        return;
    attempt_init(&at, call, site);
    at.began_ns = now_ns();
    atomic_fetch_add_explicit(&shim.board->roles[shim.role].calls[call], 1, memory_order_relaxed);
    trace_call(&at);
}

/* Around exec: the image that goes away, and stays if it fails, may count what it reached. */
static void leave_image(const void *site)
{
    tell(CALL_execve, site);
    coverage_before_exec();
}

static int stay(int result)
{
    coverage_after_exec();
    return result;
}

EXPORTED int wrap_execve(const char *path, char *const argv[], char *const envp[]) __asm__("execve");
int wrap_execve(const char *path, char *const argv[], char *const envp[])
{
    FIXED_ENVIRONMENT(fixed, envp);
    leave_image(SITE);
    return stay(next_execve(path, argv, fixed));
}

EXPORTED int wrap_execv(const char *path, char *const argv[]) __asm__("execv");
int wrap_execv(const char *path, char *const argv[])
{
    FIXED_ENVIRONMENT(fixed, environ);
    leave_image(SITE);
    return stay(next_execve(path, argv, fixed));
}

typedef int execvpe_function(const char *file, char *const argv[], char *const envp[]);
typedef int fexecve_function(int fd, char *const argv[], char *const envp[]);
typedef int execveat_function(int dir, const char *path, char *const argv[], char *const envp[], int flags);

/* Searches PATH as libc does, by libc itself. */
static int exec_in_path(const char *file, char *const argv[], char *const envp[], const void *site)
{
    execvpe_function *next = (execvpe_function *)dlsym(RTLD_NEXT, "execvpe");
    FIXED_ENVIRONMENT(fixed, envp);
    leave_image(site);
    return stay(next(file, argv, fixed));
}

EXPORTED int wrap_execvpe(const char *file, char *const argv[], char *const envp[]) __asm__("execvpe");
int wrap_execvpe(const char *file, char *const argv[], char *const envp[])
{
    return exec_in_path(file, argv, envp, SITE);
}

EXPORTED int wrap_execvp(const char *file, char *const argv[]) __asm__("execvp");
int wrap_execvp(const char *file, char *const argv[])
{
    return exec_in_path(file, argv, environ, SITE);
}

EXPORTED int wrap_fexecve(int fd, char *const argv[], char *const envp[]) __asm__("fexecve");
int wrap_fexecve(int fd, char *const argv[], char *const envp[])
{
    fexecve_function *next = (fexecve_function *)dlsym(RTLD_NEXT, "fexecve");
    FIXED_ENVIRONMENT(fixed, envp);
    leave_image(SITE);
    return stay(next(fd, argv, fixed));
}

EXPORTED int wrap_execveat(int dir, const char *path, char *const argv[], char *const envp[],
                           int flags) __asm__("execveat");
int wrap_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
    execveat_function *next = (execveat_function *)dlsym(RTLD_NEXT, "execveat");
    if (!next) {
        errno = ENOSYS;
        return -1;
    }
    FIXED_ENVIRONMENT(fixed, envp);
    leave_image(SITE);
    return stay(next(dir, path, argv, fixed, flags));
}

/* Counts the arguments of execl and its like, the NULL included; then they are copied to an array on the
 * stack. */
static size_t count_arguments(va_list arguments)
{
    size_t count = 2;
    while (va_arg(arguments, const char *))
        count++;
    return count;
}

#define ARGUMENT_VECTOR(argv, first, list)                                                                   \
    va_list list, list##_copy;                                                                               \
    va_start(list, first);                                                                                   \
    va_copy(list##_copy, list);                                                                              \
    size_t list##_count = count_arguments(list##_copy);                                                      \
    va_end(list##_copy);                                                                                     \
    char **argv = alloca(list##_count * sizeof *argv);                                                       \
    argv[0] = (char *)first;                                                                                 \
    for (size_t list##_i = 1; list##_i < list##_count; list##_i++)                                           \
    argv[list##_i] = va_arg(list, char *)

EXPORTED int wrap_execl(const char *path, const char *argument, ...) __asm__("execl");
int wrap_execl(const char *path, const char *argument, ...)
{
    ARGUMENT_VECTOR(argv, argument, list);
    va_end(list);
    FIXED_ENVIRONMENT(fixed, environ);
    leave_image(SITE);
    return stay(next_execve(path, argv, fixed));
}

EXPORTED int wrap_execlp(const char *file, const char *argument, ...) __asm__("execlp");
int wrap_execlp(const char *file, const char *argument, ...)
{
    ARGUMENT_VECTOR(argv, argument, list);
    va_end(list);
    return exec_in_path(file, argv, environ, SITE);
}

EXPORTED int wrap_execle(const char *path, const char *argument, ...) __asm__("execle");
int wrap_execle(const char *path, const char *argument, ...)
{
    ARGUMENT_VECTOR(argv, argument, list);
    char *const *envp = va_arg(list, char *const *);
    va_end(list);
    FIXED_ENVIRONMENT(fixed, envp);
    leave_image(SITE);
    return stay(next_execve(path, argv, fixed));
}

/* posix_spawn tells failure by its result, and leaves errno alone. */
#define SPAWN(name)                                                                                          \
    EXPORTED int wrap_##name(pid_t *restrict pid, const char *restrict path,                                 \
                             const posix_spawn_file_actions_t *actions,                                      \
                             const posix_spawnattr_t *restrict attributes, char *const argv[],               \
                             char *const envp[]) __asm__(#name);                                             \
    int wrap_##name(pid_t *restrict pid, const char *restrict path,                                          \
                    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attributes, \
                    char *const argv[], char *const envp[])                                                  \
    {                                                                                                        \
        FIXED_ENVIRONMENT(fixed, envp);                                                                      \
        tell(CALL_##name, SITE);                                                                             \
        return next_##name(pid, path, actions, attributes, argv, fixed);                                     \
    }
SPAWN(posix_spawn)
SPAWN(posix_spawnp)

/*
 * system and popen start a shell inside libc, with the environment the program has: where ours is missing
 * there, it is completed for as long as the call lasts.
 */
#define COMPLETED(ret, name, params, args)                                                                   \
    EXPORTED ret wrap_##name params __asm__(#name);                                                          \
    ret wrap_##name params                                                                                   \
    {                                                                                                        \
        ret(*next) params = (ret(*) params)dlsym(RTLD_NEXT, #name);                                          \
        if (environment_is_whole(environ))                                                                   \
            return next args;                                                                                \
        char **theirs = environ;                                                                             \
        FIXED_ENVIRONMENT(fixed, environ);                                                                   \
        environ = fixed;                                                                                     \
        ret result = next args;                                                                              \
        environ = theirs;                                                                                    \
        return result;                                                                                       \
    }
COMPLETED(int, system, (const char *command), (command))
COMPLETED(FILE *, popen, (const char *command, const char *mode), (command, mode))
