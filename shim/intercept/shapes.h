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
    (at).buf = (void *)buf;                                                                                  \
    (at).asked = len;
#define TAKE_BUF(at)                                                                                         \
    if ((at).cuts)                                                                                           \
        len = (at).length;

#define GIVE_FILE_LEN(at)                                                                                    \
    (at).fd = fd;                                                                                            \
    (at).other_fd = in_fd;                                                                                   \
    (at).value = offset;                                                                                     \
    (at).asked = len;
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
    if ((at).cuts) {                                                                                         \
        iov = (at).cut;                                                                                      \
        iovcnt = (at).iovcnt;                                                                                \
    }

#define GIVE_MSG(at)                                                                                         \
    (at).fd = fd;                                                                                            \
    (at).message = (struct msghdr *)msg;                                                                     \
    (at).flags = flags;
#define TAKE_MSG(at)                                                                                         \
    if ((at).cuts)                                                                                           \
        msg = &(at).cut_message;

#define GIVE_MMSG(at)                                                                                        \
    (at).fd = fd;                                                                                            \
    (at).messages = vec;                                                                                     \
    (at).message_count = vlen;                                                                               \
    (at).flags = flags;
#define TAKE_MMSG(at)                                                                                        \
    if ((at).cuts)                                                                                           \
        vlen = (unsigned int)(at).length;

#define GIVE_MMSG_TIMED(at)                                                                                  \
    GIVE_MMSG(at)                                                                                            \
    (at).limit = timeout;
#define TAKE_MMSG_TIMED(at) TAKE_MMSG(at)

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
#define NS_OF_MS(ms) ((ms) < 0 ? -1 : (ms)*INT64_C(1000000))
#define MS_OF_NS(ns) (int)(((ns) + 999999) / 1000000)

/* A wait that goes on has less time left. */
#define TAKE_LEFT_MS(at, timeout)                                                                            \
    if ((at).goes_on && timeout >= 0)                                                                        \
        timeout = MS_OF_NS(ns_of_timespec(&(at).left));
#define TAKE_LEFT(at)                                                                                        \
    if ((at).goes_on && timeout)                                                                             \
        timeout = &(at).left;

#define GIVE_POLL(at)                                                                                        \
    (at).polled = fds;                                                                                       \
    (at).polled_count = nfds;                                                                                \
    (at).timeout_ns = NS_OF_MS(timeout);
#define TAKE_POLL(at) TAKE_LEFT_MS(at, timeout)

/* A wait with a timespec and a signal mask. */
#define GIVE_PWAIT(at)                                                                                       \
    (at).timeout_ns = timeout ? ns_of_timespec(timeout) : -1;                                                \
    (at).mask = mask;

#define GIVE_PPOLL(at)                                                                                       \
    GIVE_PWAIT(at)                                                                                           \
    (at).polled = fds;                                                                                       \
    (at).polled_count = nfds;
#define TAKE_PPOLL(at) TAKE_LEFT(at)

#define GIVE_SETS(at)                                                                                        \
    (at).sets[0] = readfds;                                                                                  \
    (at).sets[1] = writefds;                                                                                 \
    (at).sets[2] = exceptfds;                                                                                \
    (at).selected = nfds;

#define GIVE_SELECT(at)                                                                                      \
    GIVE_SETS(at)                                                                                            \
    (at).left_over = timeout;                                                                                \
    (at).timeout_ns = timeout ? NS_OF_TIMEVAL(timeout) : -1;
#define TAKE_SELECT(at) /* the kernel has left there what is left of the timeout */

#define GIVE_PSELECT(at)                                                                                     \
    GIVE_PWAIT(at)                                                                                           \
    GIVE_SETS(at)
#define TAKE_PSELECT(at) TAKE_LEFT(at)

#define GIVE_EPOLL(at)                                                                                       \
    (at).fd = epfd;                                                                                          \
    (at).events = events;                                                                                    \
    (at).max_events = maxevents;                                                                             \
    (at).timeout_ns = NS_OF_MS(timeout);
#define TAKE_EPOLL(at) TAKE_LEFT_MS(at, timeout)

#define GIVE_EPOLL_MASK(at)                                                                                  \
    GIVE_EPOLL(at)                                                                                           \
    (at).mask = mask;
#define TAKE_EPOLL_MASK(at) TAKE_LEFT_MS(at, timeout)

#define GIVE_EPOLL_TIMESPEC(at)                                                                              \
    (at).fd = epfd;                                                                                          \
    (at).events = events;                                                                                    \
    (at).max_events = maxevents;                                                                             \
    GIVE_PWAIT(at)
#define TAKE_EPOLL_TIMESPEC(at) TAKE_LEFT(at)

/* The resolver: the older calls tell an error where they are told to. */
#define GIVE_LOOKUP(at)
#define TAKE_LOOKUP(at)
#define GIVE_LOOKUP_NAME(at) (at).node = name;
#define TAKE_LOOKUP_NAME(at)
#define GIVE_LOOKUP_NODE(at)                                                                                 \
    (at).node = node;                                                                                        \
    (at).hints = hints;
#define TAKE_LOOKUP_NODE(at)
#define GIVE_LOOKUP_BACK(at)                                                                                 \
    (at).buf = host;                                                                                         \
    (at).flags = flags;
#define TAKE_LOOKUP_BACK(at)
#define GIVE_LOOKUP_R(at)                                                                                    \
    (at).h_errnop = h_errnop;                                                                                \
    (at).entry = result;
#define TAKE_LOOKUP_R(at)
#define GIVE_LOOKUP_NAME_R(at) GIVE_LOOKUP_NAME(at) GIVE_LOOKUP_R(at)
#define TAKE_LOOKUP_NAME_R(at)

#endif
