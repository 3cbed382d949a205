/*
 * The wrappers: one for each row of calls.def whose shape is not ODD. They are written under a name of our
 * own with the libc name as assembler label, because libc's declarations (transparent unions, nonnull,
 * fortified inlines) need not agree with a plain definition.
 */
#include "shim/intercept/wrappers.h"
#include "shim/coverage.h"
#include "shim/intercept/attempt.h"
#include "shim/intercept/next.h"
#include "shim/intercept/shapes.h"
#include "shim/intercept/steps.h"
#include "shim/state.h"

#define WRAPPER(ret, name, params, args, shape)                                                              \
    EXPORTED ret wrap_##name params __asm__(#name);                                                          \
    ret wrap_##name params                                                                                   \
    {                                                                                                        \
        if (call_is_idle(CALL_##name) || coverage_calls(CALL_##name, __builtin_return_address(0)))           \
            return next_##name args;                                                                         \
        struct attempt at;                                                                                   \
        attempt_init(&at, CALL_##name, __builtin_return_address(0));                                         \
        GIVE_##shape(at);                                                                                    \
        if (attempt_begin(&at))                                                                              \
            do {                                                                                             \
                TAKE_##shape(at);                                                                            \
                attempt_returned(&at, (intptr_t)next_##name args);                                           \
            } while (attempt_goes_on(&at));                                                                  \
        return (ret)attempt_end(&at);                                                                        \
    }

/* ODD rows have a hand-written wrapper (odd.c, process.c): HAS_WRAPPER_ODD expands to nothing. */
#define CALL(ret, name, params, args, family, shape, traits, errnos)                                         \
    WRAPPER_OF_##shape(ret, name, params, args)
#define WRAPPER_OF_ODD(ret, name, params, args)
#define WRAPPER_OF_NONE(...)           WRAPPER(__VA_ARGS__, NONE)
#define WRAPPER_OF_FD(...)             WRAPPER(__VA_ARGS__, FD)
#define WRAPPER_OF_BUF(...)            WRAPPER(__VA_ARGS__, BUF)
#define WRAPPER_OF_BUF_FLAGS(...)      WRAPPER(__VA_ARGS__, BUF_FLAGS)
#define WRAPPER_OF_BUF_FROM(...)       WRAPPER(__VA_ARGS__, BUF_FROM)
#define WRAPPER_OF_BUF_ADDR(...)       WRAPPER(__VA_ARGS__, BUF_ADDR)
#define WRAPPER_OF_FILE_LEN(...)       WRAPPER(__VA_ARGS__, FILE_LEN)
#define WRAPPER_OF_IOV(...)            WRAPPER(__VA_ARGS__, IOV)
#define WRAPPER_OF_MSG(...)            WRAPPER(__VA_ARGS__, MSG)
#define WRAPPER_OF_MMSG(...)           WRAPPER(__VA_ARGS__, MMSG)
#define WRAPPER_OF_MMSG_TIMED(...)     WRAPPER(__VA_ARGS__, MMSG_TIMED)
#define WRAPPER_OF_ADDR(...)           WRAPPER(__VA_ARGS__, ADDR)
#define WRAPPER_OF_LISTENER(...)       WRAPPER(__VA_ARGS__, LISTENER)
#define WRAPPER_OF_NAME(...)           WRAPPER(__VA_ARGS__, NAME)
#define WRAPPER_OF_OPTION(...)         WRAPPER(__VA_ARGS__, OPTION)
#define WRAPPER_OF_SHUTDOWN(...)       WRAPPER(__VA_ARGS__, SHUTDOWN)
#define WRAPPER_OF_FCNTL(...)          WRAPPER(__VA_ARGS__, FCNTL)
#define WRAPPER_OF_IOCTL(...)          WRAPPER(__VA_ARGS__, IOCTL)
#define WRAPPER_OF_DUP_TO(...)         WRAPPER(__VA_ARGS__, DUP_TO)
#define WRAPPER_OF_PAIR(...)           WRAPPER(__VA_ARGS__, PAIR)
#define WRAPPER_OF_EPOLL_CTL(...)      WRAPPER(__VA_ARGS__, EPOLL_CTL)
#define WRAPPER_OF_POLL(...)           WRAPPER(__VA_ARGS__, POLL)
#define WRAPPER_OF_PPOLL(...)          WRAPPER(__VA_ARGS__, PPOLL)
#define WRAPPER_OF_SELECT(...)         WRAPPER(__VA_ARGS__, SELECT)
#define WRAPPER_OF_PSELECT(...)        WRAPPER(__VA_ARGS__, PSELECT)
#define WRAPPER_OF_EPOLL(...)          WRAPPER(__VA_ARGS__, EPOLL)
#define WRAPPER_OF_EPOLL_MASK(...)     WRAPPER(__VA_ARGS__, EPOLL_MASK)
#define WRAPPER_OF_EPOLL_TIMESPEC(...) WRAPPER(__VA_ARGS__, EPOLL_TIMESPEC)
#define WRAPPER_OF_LOOKUP(...)         WRAPPER(__VA_ARGS__, LOOKUP)
#define WRAPPER_OF_LOOKUP_NAME(...)    WRAPPER(__VA_ARGS__, LOOKUP_NAME)
#define WRAPPER_OF_LOOKUP_NODE(...)    WRAPPER(__VA_ARGS__, LOOKUP_NODE)
#define WRAPPER_OF_LOOKUP_BACK(...)    WRAPPER(__VA_ARGS__, LOOKUP_BACK)
#define WRAPPER_OF_LOOKUP_NAME_R(...)  WRAPPER(__VA_ARGS__, LOOKUP_NAME_R)
#define WRAPPER_OF_LOOKUP_R(...)       WRAPPER(__VA_ARGS__, LOOKUP_R)
#include "shim/model/calls.def"
#undef CALL

/* LP64: the 64-bit variants have the same types. */
ALIAS(read, __read)
ALIAS(write, __write)
ALIAS(send, __send)
ALIAS(connect, __connect)
ALIAS(close, __close)
ALIAS(poll, __poll)
ALIAS(select, __select)
ALIAS(dup2, __dup2)
ALIAS(fork, __fork)
ALIAS(fcntl, __fcntl)
ALIAS(fcntl, fcntl64)
ALIAS(pread, pread64)
ALIAS(pread, __pread64)
ALIAS(pwrite, pwrite64)
ALIAS(pwrite, __pwrite64)
ALIAS(preadv, preadv64)
ALIAS(pwritev, pwritev64)
ALIAS(sendfile, sendfile64)
