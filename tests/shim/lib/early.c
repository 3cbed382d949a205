/*
 * A library that is preloaded besides, and whose constructor runs before ours: the calls it makes then must
 * work, seen or not. It also interposes one call itself, as other tools do.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((constructor)) static void early(void)
{
    int ends[2], status = -1, copy;
    char buf[4];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || send(ends[0], "abc", 3, 0) != 3)
        abort();
    struct pollfd readable = {.fd = ends[1], .events = POLLIN};
    if (poll(&readable, 1, 0) != 1)
        abort();
    ssize_t n = recv(ends[1], buf, sizeof buf, 0);
    if (n != 1 && n != 3) /* seen, or not */
        abort();
    if ((copy = dup(ends[0])) < 0 || close(copy) < 0 || close(ends[0]) < 0 || close(ends[1]) < 0)
        abort();
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7)
        abort();
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
    static ssize_t (*next)(int, void *, size_t, int);
    if (!next)
        next = (ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
    return next(fd, buf, len, flags);
}
