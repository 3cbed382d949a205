#include "harness/run/watch/bell.h"

#include "harness/clock.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * futex(2) on memory other processes share: not FUTEX_PRIVATE_FLAG. No wait is for ever: a page that mend.h
 * had to replace is another futex, and who slept on the one before is not found any more.
 */
static void futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
    static const struct timespec long_enough = {.tv_nsec = 200 * NS_PER_MS};
    syscall(SYS_futex, word, operation, value, operation == FUTEX_WAIT ? &long_enough : NULL, NULL, 0);
}

static void *listen_to(void *argument)
{
    struct bell *bell = argument;
    uint32_t seen = 0;
    while (!atomic_load(&bell->over)) {
        uint32_t now = atomic_load(&bell->board->bell);
        uint64_t one = 1;
        if (now == seen)
            futex(&bell->board->bell, FUTEX_WAIT, now);
        else if (write(bell->fd, &one, sizeof one) < 0 && errno != EAGAIN)
            break;
        seen = now;
    }
    return NULL;
}

bool bell_start(struct bell *bell, struct board *board, struct diag *diag)
{
    sigset_t all, before;
    bell->board = board;
    atomic_store(&bell->over, false);
    bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell->fd < 0) {
        diag_set(diag, STATUS_TROUBLE, "eventfd: %s", strerror(errno));
        return false;
    }
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* of the board itself: see mend.h */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&bell->thread, NULL, listen_to, bell);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        close(bell->fd);
        bell->fd = -1;
        diag_set(diag, STATUS_TROUBLE, "a thread cannot be started: %s", strerror(error));
    }
    return error == 0;
}

void bell_stop(struct bell *bell)
{
    if (bell->fd < 0)
        return;
    atomic_store(&bell->over, true);
    atomic_fetch_add(&bell->board->bell, 1);
    futex(&bell->board->bell, FUTEX_WAKE, 1);
    pthread_join(bell->thread, NULL);
    close(bell->fd);
    bell->fd = -1;
}
