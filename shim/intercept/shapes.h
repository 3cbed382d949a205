/*
 * Shapes: which parameters of a call the decision needs. GIVE_x tells the attempt; TAKE_x puts back what a
 * recipe changed (a length that was cut) before the real call. The names are those of the parameters in
 * calls.def.
 */
#ifndef SOCKFAULT_SHIM_SHAPES_H
#define SOCKFAULT_SHIM_SHAPES_H

#include <errno.h>
#include <sys/param.h>

#define GIVE_NONE(at)
#define TAKE_NONE(at)

#define GIVE_FD(at) (at).fd = fd;
#define TAKE_FD(at)

#define GIVE_BUF(at)                                                                                         \
    (at).fd = fd;                                                                                            \
    (at).asked = len;
#define TAKE_BUF(at)                                                                                         \
    if ((at).decision.recipe == RECIPE_CUT)                                                                  \
        len = (at).length;

#define GIVE_FILE_LEN(at) GIVE_BUF(at)
#define TAKE_FILE_LEN(at) TAKE_BUF(at)

#define GIVE_BUF_FLAGS(at) GIVE_BUF(at)(at).flags = flags;
#define TAKE_BUF_FLAGS(at) TAKE_BUF(at)

#define GIVE_BUF_FROM(at)                                                                                    \
    GIVE_BUF_FLAGS(at)                                                                                       \
    (at).name = addr;                                                                                        \
    (at).name_len = addrlen;
#define TAKE_BUF_FROM(at) TAKE_BUF(at)

#define GIVE_BUF_ADDR(at)                                                                                    \
    GIVE_BUF_FLAGS(at)                                                                                       \
    (at).addr = addr;                                                                                        \
    (at).addrlen = addrlen;
#define TAKE_BUF_ADDR(at) TAKE_BUF(at)

#define GIVE_IOV(at)                                                                                         \
    (at).fd = fd;                                                                                            \
    (at).iov = iov;                                                                                          \
    (at).iovcnt = iovcnt;
#define TAKE_IOV(at)                                                                                         \
    if ((at).decision.recipe == RECIPE_CUT) {                                                                \
        iov = (at).cut;                                                                                      \
        iovcnt = (at).iovcnt;                                                                                \
    }

#define GIVE_MSG(at)                                                                                         \
    (at).fd = fd;                                                                                            \
    (at).message = (struct msghdr *)msg;                                                                     \
    (at).flags = flags;
#define TAKE_MSG(at)                                                                                         \
    if ((at).decision.recipe == RECIPE_CUT)                                                                  \
        msg = &(at).cut_message;

#define GIVE_MMSG(at)                                                                                        \
    (at).fd = fd;                                                                                            \
    (at).messages = vec;                                                                                     \
    (at).flags = flags;
#define TAKE_MMSG(at)

#define GIVE_ADDR(at)                                                                                        \
    (at).fd = fd;                                                                                            \
    (at).addr = addr;                                                                                        \
    (at).addrlen = addrlen;
#define TAKE_ADDR(at)

#define GIVE_LISTENER(at) (at).fd = fd;
#define TAKE_LISTENER(at)

#define GIVE_NAME(at)                                                                                        \
    (at).fd = fd;                                                                                            \
    (at).name = addr;                                                                                        \
    (at).name_len = addrlen;
#define TAKE_NAME(at)

#define GIVE_OPTION(at)                                                                                      \
    (at).fd = fd;                                                                                            \
    (at).level = level;                                                                                      \
    (at).option = option;                                                                                    \
    (at).value = (void *)value;
#define TAKE_OPTION(at)

#define GIVE_SHUTDOWN(at)                                                                                    \
    (at).fd = fd;                                                                                            \
    (at).argument = how;
#define TAKE_SHUTDOWN(at)

#define GIVE_FCNTL(at)                                                                                       \
    (at).fd = fd;                                                                                            \
    (at).argument = command;
#define TAKE_FCNTL(at)

#define GIVE_IOCTL(at)                                                                                       \
    (at).fd = fd;                                                                                            \
    (at).argument = (long)request;                                                                           \
    (at).value = argument;
#define TAKE_IOCTL(at)

#define GIVE_DUP_TO(at)                                                                                      \
    (at).fd = fd;                                                                                            \
    (at).other_fd = new_fd;
#define TAKE_DUP_TO(at)

#define GIVE_PAIR(at) (at).pair = fds;
#define TAKE_PAIR(at)

#define GIVE_EPOLL_CTL(at)                                                                                   \
    (at).fd = epfd;                                                                                          \
    (at).other_fd = target;                                                                                  \
    (at).argument = op;                                                                                      \
    (at).events = event;
#define TAKE_EPOLL_CTL(at)

/* Waits: the descriptors are many, so none is named; what matters is how long. */
#define TIMESPEC_MS(t) ((t) ? (t)->tv_sec * 1000LL + ((t)->tv_nsec + 999999) / 1000000 : -1)

#define GIVE_POLL(at)                                                                                        \
    (at).polled = fds;                                                                                       \
    (at).polled_count = nfds;                                                                                \
    (at).timeout_ms = timeout;
#define TAKE_POLL(at)

/* A wait with a timespec and a signal mask. */
#define GIVE_PWAIT(at)                                                                                       \
    (at).timeout_ms = TIMESPEC_MS(timeout);                                                                  \
    (at).mask = mask;

#define GIVE_PPOLL(at)                                                                                       \
    GIVE_PWAIT(at)                                                                                           \
    (at).polled = fds;                                                                                       \
    (at).polled_count = nfds;
#define TAKE_PPOLL(at)

#define GIVE_SELECT(at)                                                                                      \
    (at).readable = readfds;                                                                                 \
    (at).writable = writefds;                                                                                \
    (at).exceptional = exceptfds;                                                                            \
    (at).selected = nfds;                                                                                    \
    (at).timeout_ms = timeout ? timeout->tv_sec * 1000LL + (timeout->tv_usec + 999) / 1000 : -1;
#define TAKE_SELECT(at)

#define GIVE_PSELECT(at)                                                                                     \
    GIVE_PWAIT(at)                                                                                           \
    (at).readable = readfds;                                                                                 \
    (at).writable = writefds;                                                                                \
    (at).exceptional = exceptfds;                                                                            \
    (at).selected = nfds;
#define TAKE_PSELECT(at)

#define GIVE_EPOLL(at)                                                                                       \
    (at).fd = epfd;                                                                                          \
    (at).events = events;                                                                                    \
    (at).timeout_ms = timeout;
#define TAKE_EPOLL(at)

#define GIVE_EPOLL_MASK(at)                                                                                  \
    GIVE_EPOLL(at)                                                                                           \
    (at).mask = mask;
#define TAKE_EPOLL_MASK(at)

#define GIVE_EPOLL_TIMESPEC(at)                                                                              \
    (at).fd = epfd;                                                                                          \
    (at).events = events;                                                                                    \
    GIVE_PWAIT(at)
#define TAKE_EPOLL_TIMESPEC(at)

#endif
