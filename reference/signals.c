#include "reference/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* A handler cannot be given an argument: this is the one place with global state. Atomic, since threads read
 * it too. */
static atomic_bool stopping;
static atomic_int shut_fd = -1, shut_how;
static atomic_int pipe_read = -1, pipe_write = -1;

static void handle(int number)
{
    int error = errno; /* the interrupted code may be about to look at it */

    if (number != SIGCHLD) {
        stopping = true;
        if (shut_fd >= 0)
            shutdown(shut_fd, shut_how);
    }
    signals_wake();
    errno = error;
}

void signals_catch(int number)
{
    /* No SA_RESTART: a call that blocks comes back with EINTR and its loop decides what to do. */
    struct sigaction action = {.sa_handler = handle};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action,
              NULL); /* fails for what is no signal or cannot be caught, and for nothing else */
}

void signals_install(void)
{
    /* A send to a peer that has gone then fails with EPIPE instead of killing the program, and so does a line
       written to a closed stderr. A library, to which the disposition does not belong, would use
       MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    signals_catch(SIGINT);
    signals_catch(SIGTERM);
}

bool signals_stopping(void)
{
    return stopping;
}

void signals_shut_on_stop(int fd, int how)
{
    shut_how = how;
    shut_fd = fd;
    if (fd >= 0 &&
        stopping) /* looked at after shut_fd is set: a signal before or after, one of the two sees it */
        shutdown(fd, how);
}

int signals_open_pipe(void)
{
    int ends[2];

    /* Non-blocking: a handler must not wait for room, and a full pipe is readable anyway. */
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    pipe_read = ends[0];
    pipe_write = ends[1];
    return 0;
}

int signals_pipe(void)
{
    return pipe_read;
}

void signals_drain(void)
{
    char bytes[64];

    while (read(pipe_read, bytes, sizeof bytes) > 0)
        ;
}

void signals_wake(void)
{
    ssize_t written = pipe_write < 0 ? 0 : write(pipe_write, "", 1);

    (void)written; /* nothing if it is full: then it is readable, and that is all this is for */
}

void signals_close_pipe(void)
{
    int ends[2] = {atomic_exchange(&pipe_read, -1), atomic_exchange(&pipe_write, -1)};

    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}
