#include "harness/peer/run.h"

#include "harness/peer/peer.h"
#include "harness/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wake_guardian(const struct peer *peer)
{
    static const uint64_t one = 1;
    /* A count that is full has woken it already. */
    if (peer->task->wake >= 0 && write(peer->task->wake, &one, sizeof one) < 0)
        return;
}

/* Where it stands, and of which round, for messages: "connection 2 (first), round 3 of 5". */
static char *position(const struct peer *peer)
{
    const struct wire *wire = peer->current > 0 ? peer_wire(peer) : NULL;
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    if (wire != NULL)
        fprintf(to, "connection %zu", peer->current);
    if (wire != NULL && wire->name != NULL)
        fprintf(to, " (%s)", wire->name);
    if (peer->rounds > 0)
        fprintf(to, "%sround %llu of %llu", wire != NULL ? ", " : "", (unsigned long long)peer->round,
                (unsigned long long)peer->rounds);
    return fclose(to) == 0 ? text : NULL;
}

/* Puts on view what is expected and what was got. */
static void tell(struct peer *peer, const char *reason)
{
    struct peer_progress *progress = peer->task->progress;
    char *expected = NULL, *got = NULL, *where = position(peer);
    peer->describe(peer, reason, &expected, &got);
    size_t line = got != NULL ? strcspn(got, "\n") : 0;
    snprintf(progress->expected, sizeof progress->expected, "%s", expected != NULL ? expected : "");
    /* Behind the first line, which is all that a summary shows. */
    snprintf(progress->got, sizeof progress->got, "%.*s%s%s%s", (int)line, got != NULL ? got : "",
             where != NULL && *where != '\0' ? "\n" : "", where != NULL ? where : "",
             got != NULL ? got + line : "");
    atomic_store(&progress->told, 1);
    free(expected);
    free(got);
    free(where);
}

int64_t peer_now(const struct peer *peer)
{
    return peer_clock_ns(&peer->clock);
}

bool peer_wait(struct peer *peer, int fd, short events, int64_t until_ns)
{
    struct peer_progress *progress = peer->task->progress;
    if (fd >= 0)
        tell(peer, PEER_NO_MORE);
    atomic_fetch_add(&progress->waits, 1);
    atomic_store(&progress->waiting, until_ns == BOARD_NEVER);
    bool came = peer_clock_poll(&peer->clock, fd, events, until_ns) != 0;
    atomic_store(&progress->waiting, 0);
    return came;
}

bool peer_fail(struct peer *peer, const char *reason)
{
    tell(peer, reason);
    atomic_store(&peer->task->progress->state, PEER_FAILED);
    return false;
}

bool peer_fail_errno(struct peer *peer, const char *what, int error)
{
    char *reason = text_format("%s: %s", what, strerror(error));
    peer_fail(peer, reason != NULL ? reason : what);
    free(reason);
    return false;
}

bool peer_fail_late(struct peer *peer)
{
    char limit[TEXT_DURATION_MAX];
    char *reason = text_format(PEER_NO_MORE " within %s", text_duration(peer->step->within_ns, limit));
    peer_fail(peer, reason != NULL ? reason : PEER_NO_MORE);
    free(reason);
    return false;
}

struct wire *peer_wire(const struct peer *peer)
{
    return &peer->wires[peer->current - 1];
}

bool peer_add_wire(struct peer *peer, int fd, int type, bool bound)
{
    struct wire *more = reallocarray(peer->wires, peer->wire_count + 1, sizeof *more);
    if (more == NULL)
        return peer_fail(peer, "no memory");
    peer->wires = more;
    peer->wires[peer->wire_count] =
        (struct wire){.fd = fd, .name = peer->step->name, .type = type, .bound = bound};
    peer->current = ++peer->wire_count;
    return true;
}

/* The last one of that name: a repeat gives it to another connection each time. */
static bool step_use(struct peer *peer)
{
    size_t number = peer->wire_count;
    while (number > 0 && (peer->wires[number - 1].name == NULL ||
                          strcmp(peer->wires[number - 1].name, peer->step->name) != 0))
        number--;
    peer->current = number;
    return number > 0 && peer_wire(peer)->fd >= 0 ? true : peer_fail(peer, "it is closed");
}

static bool step_pause(struct peer *peer)
{
    peer_wait(peer, -1, 0, peer_now(peer) + peer->step->pause_ns);
    return true;
}

static bool step_shutdown(struct peer *peer)
{
    return shutdown(peer_wire(peer)->fd, peer->step->how) == 0 || peer_fail_errno(peer, "shutdown", errno);
}

static void close_wire(struct peer *peer)
{
    struct wire *wire = peer_wire(peer);
    close(wire->fd);
    wire->fd = -1;
    peer->current = 0;
}

/* SO_LINGER with no time: what is unsent is thrown away and RST is sent (socket(7), tcp_close in the kernel).
 */
static bool step_reset(struct peer *peer)
{
    static const struct linger now = {.l_onoff = 1};
    if (setsockopt(peer_wire(peer)->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) < 0)
        return peer_fail_errno(peer, "SO_LINGER", errno);
    close_wire(peer);
    return true;
}

static bool step_close(struct peer *peer)
{
    if (!peer->step->of_listener) {
        close_wire(peer);
        return true;
    }
    close(peer->listener);
    peer->listener = -1;
    return true;
}

static void rest(struct peer *peer)
{
    atomic_store(&peer->task->progress->state, PEER_RESTING);
    wake_guardian(peer);
}

static bool step_stall(struct peer *peer)
{
    rest(peer);
    while (!peer_wait(peer, -1, 0, BOARD_NEVER))
        ;
    return true;
}

static bool step_ignore(struct peer *peer)
{
    rest(peer);
    return peer_ignore(peer);
}

static bool step_listen(struct peer *peer)
{
    if (!peer_listen(peer))
        return false;
    atomic_store(&peer->task->progress->listening, 1);
    wake_guardian(peer);
    return true;
}

static bool run_steps(struct peer *peer, const struct peer_step *steps, size_t count);

static bool step_repeat(struct peer *peer)
{
    const struct peer_step *step = peer->step;
    uint64_t round = peer->round, rounds = peer->rounds;
    bool held = true;
    for (uint64_t i = 1; held && i <= step->times; i++) {
        peer->round = i;
        peer->rounds = step->times;
        held = run_steps(peer, step->steps, step->step_count);
    }
    peer->round = round;
    peer->rounds = rounds;
    return held;
}

/* What a step that has nothing to compare says of itself. */
static void describe_plainly(const struct peer *peer, const char *reason, char **ret_expected, char **ret_got)
{
    const char *name = peer->step->name;
    *ret_expected =
        text_format("%s%s%s", peer->step->word, name != NULL ? ": " : "", name != NULL ? name : "");
    *ret_got = text_format("%s", reason);
}

static bool run_step(struct peer *peer, const struct peer_step *step)
{
    static bool (*const functions[PEER_VERBS])(struct peer * peer) = {
        [PEER_LISTEN] = step_listen,     [PEER_ACCEPT] = peer_accept, [PEER_CONNECT] = peer_connect,
        [PEER_USE] = step_use,           [PEER_EXPECT] = peer_expect, [PEER_SEND] = peer_send,
        [PEER_PAUSE] = step_pause,       [PEER_RESET] = step_reset,   [PEER_CLOSE] = step_close,
        [PEER_SHUTDOWN] = step_shutdown, [PEER_STALL] = step_stall,   [PEER_IGNORE] = step_ignore,
        [PEER_REPEAT] = step_repeat,
    };
    peer->step = step;
    peer->describe = describe_plainly;
    peer->until_ns = step->within_ns > 0 ? peer_now(peer) + step->within_ns : BOARD_NEVER;
    atomic_store(&peer->task->progress->told, 0);
    atomic_store(&peer->task->progress->step, step->number);
    bool held = functions[step->verb](peer);
    bytes_free(&peer->wanted);
    bytes_free(&peer->got);
    free(peer->address);
    peer->address = NULL;
    return held;
}

static bool run_steps(struct peer *peer, const struct peer_step *steps, size_t count)
{
    bool held = true;
    for (size_t i = 0; held && i < count; i++)
        held = run_step(peer, &steps[i]);
    return held;
}

int peer_run(const struct peer_task *task)
{
    struct peer peer = {.task = task, .listener = -1};
    peer_clock_begin(&peer.clock, task->board);
    bool held = run_steps(&peer, task->script->steps, task->script->count);
    if (held)
        atomic_store(&task->progress->state, PEER_HELD);
    for (size_t i = 0; i < peer.wire_count; i++)
        if (peer.wires[i].fd >= 0)
            close(peer.wires[i].fd);
    if (peer.listener >= 0)
        close(peer.listener);
    free(peer.wires);
    return held ? 0 : 1;
}
