#include "reference/io.h"
#include "reference/deadline.h"
#include "reference/signals.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>

const char *io_text(enum io_result result)
{
    static const char *const texts[] = {
        [IO_OK] = "success",
        [IO_END] = "the peer closed the connection",
        [IO_CUT] = "the peer closed the connection in the middle of a message",
        [IO_MALFORMED] = "malformed message",
        [IO_TIMEOUT] = "the deadline is over",
    };

    if (signals_stopping())
        return "stopped by a signal";
    return result == IO_ERROR ? strerror(errno) : texts[result];
}

/* Lets the next call on fd block for what is left of the deadline. Set anew before every call: a retry that
   had the full time again could be kept going for ever, by a byte or a signal now and then. */
static enum io_result arm(int fd, int option, int64_t deadline)
{
    int left = deadline_left(deadline);
    struct timeval time = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};

    if (left == 0)
        return IO_TIMEOUT; /* and never set 0: to the kernel it means no limit */
    return setsockopt(fd, SOL_SOCKET, option, &time, sizeof time) == 0 ? IO_OK : IO_ERROR;
}

/* A connect that a signal interrupted goes on in the kernel: wait for its end and ask how it was. */
static enum io_result finish_connect(int fd, int64_t deadline)
{
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    int error, ready;
    socklen_t length = sizeof error;

    do
        ready = poll(&watched, 1, deadline_left(deadline));
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return IO_TIMEOUT;
    if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        return IO_ERROR;
    errno = error;
    return error == 0 ? IO_OK : IO_ERROR;
}

enum io_result connect_before(int fd, const struct address *a, int64_t deadline)
{
    bool local = a->any.sa_family == AF_UNIX;

    for (;;) {
        enum io_result armed = arm(fd, SO_SNDTIMEO, deadline);
        if (armed != IO_OK)
            return armed;
        if (connect(fd, &a->any, a->length) == 0)
            return IO_OK;
        if (errno == (local ? EAGAIN : EINPROGRESS)) /* what connect says when SO_SNDTIMEO is over */
            return IO_TIMEOUT;
        if (errno != EINTR || signals_stopping())
            return IO_ERROR;
        if (!local)
            return finish_connect(fd, deadline);
        /* AF_UNIX: nothing goes on in the kernel, so ask again. */
    }
}

enum io_result receive_message(int fd, struct message *m, int64_t deadline)
{
    for (;;) {
        ssize_t missing = message_missing(m);
        if (missing <= 0)
            return missing == 0 ? IO_OK : IO_MALFORMED;

        enum io_result armed = arm(fd, SO_RCVTIMEO, deadline);
        if (armed != IO_OK)
            return armed;

        ssize_t count = recv(fd, m->bytes + m->used, (size_t)missing, 0);
        if (count > 0)
            m->used += (size_t)count; /* perhaps not all: look again at what is missing */
        else if (count == 0)
            return m->used == 0 ? IO_END : IO_CUT;
        else if (errno == EAGAIN)
            return IO_TIMEOUT; /* on a blocking socket that is SO_RCVTIMEO */
        else if (errno != EINTR)
            return IO_ERROR;
    }
}

enum io_result send_all(int fd, const void *bytes, size_t length, int64_t deadline)
{
    const char *rest = bytes;

    while (length > 0) {
        enum io_result armed = arm(fd, SO_SNDTIMEO, deadline);
        if (armed != IO_OK)
            return armed;

        ssize_t count = send(fd, rest, length, 0);
        if (count >= 0) {
            rest += count; /* go on behind what went out, not from the beginning */
            length -= (size_t)count;
        } else if (errno == EAGAIN) {
            return IO_TIMEOUT;
        } else if (errno != EINTR) {
            return IO_ERROR;
        }
    }
    return IO_OK;
}
