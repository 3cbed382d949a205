/* A recv that does nothing at all: preloaded behind the shim, it leaves nothing to measure but the shim. */
#include <sys/socket.h>

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
    (void)fd;
    (void)buf;
    (void)len;
    (void)flags;
    return 0;
}
