/*
 * Virtual time of a wrapped program. Who is at the other end of its sockets, its standard input and its files
 * is not known here: as long as anything leads to somebody who does not take part, time is real.
 */
#include "harness/cli/wrap.h"
#include "harness/clock.h"
#include "harness/quiet/advance.h"
#include "harness/quiet/quiet.h"
#include "harness/quiet/timers.h"
#include "shim/model/unseen.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SOONEST_NS   (NS_PER_MS / 5)
#define SELDOMEST_NS (8 * NS_PER_MS)
#define OUTSIDE_NS   (100 * NS_PER_MS) /* while somebody takes part who is not seen: that lasts */

struct wrap_clock {
    struct quiet quiet;
    pthread_t thread;
    int over; /* eventfd: readable when it is to end */
    bool running;
    uint64_t calls; /* begun when it was looked last */
    int64_t pause_ns;
    const char *_Atomic held_by; /* why time was not advanced when there would have been reason to; or NULL */
};

struct wrap_clock *wrap_clock_open(struct board *board, struct diag *diag)
{
    struct wrap_clock *clock = calloc(1, sizeof *clock);
    int over = eventfd(0, EFD_CLOEXEC);
    if (clock == NULL || over < 0) {
        diag_set(diag, STATUS_TROUBLE, "virtual time: %s", strerror(errno));
        if (over >= 0)
            close(over);
        free(clock);
        return NULL;
    }
    clock->over = over;
    clock->pause_ns = SOONEST_NS;
    clock->quiet.scope = (struct quiet_scope){.board = board, .listeners_open = true};
    return clock;
}

/* What programs said themselves cannot be virtual. */
static const char *marked(const struct board *board)
{
    unsigned from = 0;
    return unseen_next(atomic_load(&board->unseen), &from);
}

/* Whether the clock was advanced. */
static bool goes_on(struct wrap_clock *clock, const struct quiet_answer *answer)
{
    struct board *board = clock->quiet.scope.board;
    const char *mark = marked(board);
    bool waits = answer->state == QUIET_REST && answer->due_ns != BOARD_NEVER && !answer->by_kernel;
    if (answer->state == QUIET_UNSEEN)
        atomic_store(&clock->held_by, answer->why);
    if (waits && mark != NULL)
        atomic_store(&clock->held_by, mark);
    waits = waits && mark == NULL;
    if (waits)
        timerfds_move(&clock->quiet.timerfds, advance_to(board, answer->due_ns));
    quiet_release(&clock->quiet);
    return waits;
}

static void step(struct wrap_clock *clock)
{
    struct board *board = clock->quiet.scope.board;
    uint64_t calls = quiet_calls(board);
    struct quiet_answer answer;
    timers_fire(board, advance_now(board));
    advance_wake(board, false);
    quiet_look(&clock->quiet, &answer);
    bool advanced = goes_on(clock, &answer);
    if (advanced) {
        timers_fire(board, advance_now(board));
        advance_wake(board, true);
    }
    if (answer.state == QUIET_UNSEEN)
        clock->pause_ns = OUTSIDE_NS;
    else if (advanced || calls != clock->calls)
        clock->pause_ns = SOONEST_NS;
    else
        clock->pause_ns = 2 * clock->pause_ns < SELDOMEST_NS ? 2 * clock->pause_ns : SELDOMEST_NS;
    clock->calls = calls;
}

/* Until something is due by itself, at most the pause. */
static struct timespec patience(const struct wrap_clock *clock)
{
    struct board *board = clock->quiet.scope.board;
    int64_t due = advance_due(board), timers = timers_due(board), left;
    due = timers < due ? timers : due;
    left = due == BOARD_NEVER ? clock->pause_ns : due - advance_now(board);
    left = left < clock->pause_ns ? left : clock->pause_ns;
    return (struct timespec){.tv_nsec = left > 0 ? (long)left : 0};
}

static void *follow(void *context)
{
    struct wrap_clock *clock = context;
    struct pollfd over = {.fd = clock->over, .events = POLLIN};
    struct timespec wait = {0};
    while (ppoll(&over, 1, &wait, NULL) <= 0) {
        step(clock);
        wait = patience(clock);
    }
    return NULL;
}

bool wrap_clock_start(struct wrap_clock *clock, pid_t program, struct diag *diag)
{
    clock->quiet.scope.of = (struct tasks_of){.root = program, .with_root = true};
    int error = pthread_create(&clock->thread, NULL, follow, clock);
    clock->running = error == 0;
    if (error != 0)
        diag_set(diag, STATUS_TROUBLE, "no thread for virtual time: %s", strerror(error));
    return clock->running;
}

const char *wrap_clock_end(struct wrap_clock *clock)
{
    uint64_t one = 1;
    if (clock == NULL)
        return NULL;
    if (clock->running && write(clock->over, &one, sizeof one) == sizeof one)
        pthread_join(clock->thread, NULL);
    const char *held_by = atomic_load(&clock->held_by);
    quiet_free(&clock->quiet);
    close(clock->over);
    free(clock);
    return held_by;
}
