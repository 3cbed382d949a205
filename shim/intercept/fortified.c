/*
 * What programs built with _FORTIFY_SOURCE call instead: the same with the size of the buffer, which is
 * checked as libc does and then forgotten. The tail call keeps the caller's return address, so the site is
 * the program's.
 */
#include "shim/intercept/types.h"
#include "shim/intercept/wrappers.h"

#include <unistd.h>

extern void __chk_fail(void) __attribute__((noreturn));

#define FORTIFIED(ret, name, params, too_long, call)                                                         \
    EXPORTED ret name params;                                                                                \
    ret name params                                                                                          \
    {                                                                                                        \
        if (too_long)                                                                                        \
            __chk_fail();                                                                                    \
        return call;                                                                                         \
    }

FORTIFIED(ssize_t, __read_chk, (int fd, void *buf, size_t len, size_t size), len > size, read(fd, buf, len))
FORTIFIED(ssize_t, __pread_chk, (int fd, void *buf, size_t len, off_t offset, size_t size), len > size,
          pread(fd, buf, len, offset))
FORTIFIED(ssize_t, __pread64_chk, (int fd, void *buf, size_t len, off_t offset, size_t size), len > size,
          pread(fd, buf, len, offset))
FORTIFIED(ssize_t, __recv_chk, (int fd, void *buf, size_t len, size_t size, int flags), len > size,
          recv(fd, buf, len, flags))
FORTIFIED(ssize_t, __recvfrom_chk,
          (int fd, void *restrict buf, size_t len, size_t size, int flags, struct sockaddr *restrict addr,
           socklen_t *restrict addrlen),
          len > size, recvfrom(fd, buf, len, flags, addr, addrlen))
FORTIFIED(int, __poll_chk, (struct pollfd * fds, nfds_t nfds, int timeout, size_t size),
          nfds > size / sizeof *fds, poll(fds, nfds, timeout))
FORTIFIED(int, __ppoll_chk,
          (struct pollfd * fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask,
           size_t size),
          nfds > size / sizeof *fds, ppoll(fds, nfds, timeout, mask))
