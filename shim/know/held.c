#include "shim/know/held.h"
#include "shim/state.h"

#include <errno.h>
#include <signal.h>

static bool is_dead(int32_t pid)
{
    int saved = errno;
    bool dead = pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
    errno = saved;
    return dead;
}

static struct board_socket *socket_at(const struct board_held *held)
{
    return &shim.board->sockets[atomic_load(&held->socket) % BOARD_SOCKETS];
}

static bool is_waiting(uint32_t kind)
{
    return kind == HELD_RECEIVED || kind == HELD_SENT;
}

static bool claim_free(struct board_held *held)
{
    uint32_t is = HELD_FREE;
    if (!atomic_compare_exchange_strong(&held->kind, &is, HELD_CLAIMED))
        return false;
    atomic_store(&held->owner, shim.pid);
    return true;
}

/* Whoever changes the owner has it. */
static bool claim_left(struct board_held *held)
{
    int32_t owner = atomic_load(&held->owner);
    uint32_t kind = atomic_load(&held->kind);
    if (!is_dead(owner))
        return false;
    if (kind == HELD_CLAIMED)
        return atomic_compare_exchange_strong(&held->owner, &owner, shim.pid);
    struct board_socket *socket = socket_at(held);
    if (!is_waiting(kind) || !is_dead(atomic_load(&socket->owner)) || !held_take(held, socket))
        return false;
    atomic_store(&held->owner, shim.pid);
    return true;
}

struct board_held *held_claim(void)
{
    for (int i = 0; i < BOARD_HELD; i++)
        if (claim_free(&shim.board->held[i]))
            return &shim.board->held[i];
    for (int i = 0; i < BOARD_HELD; i++)
        if (claim_left(&shim.board->held[i]))
            return &shim.board->held[i];
    return NULL;
}

void held_free(struct board_held *held)
{
    if (held)
        atomic_store(&held->kind, HELD_FREE);
}

void held_keep(struct board_held *held, struct board_socket *socket, enum held_kind kind, uint32_t behind)
{
    atomic_store(&held->socket, (uint32_t)(socket - shim.board->sockets));
    atomic_store(&held->behind, behind);
    atomic_fetch_add(&socket->held, 1);
    atomic_store(&held->kind, kind);
    board_arm_all(shim.board);
}

struct board_held *held_of(const struct board_socket *socket, enum held_kind kind)
{
    if (!socket || atomic_load_explicit(&socket->held, memory_order_relaxed) == 0)
        return NULL;
    struct board_held *first = NULL;
    for (int i = 0; i < BOARD_HELD; i++) {
        struct board_held *held = &shim.board->held[i];
        if (atomic_load(&held->kind) == (uint32_t)kind && socket_at(held) == socket &&
            (!first || atomic_load(&held->behind) < atomic_load(&first->behind)))
            first = held;
    }
    return first;
}

bool held_is_ours(const struct board_held *held)
{
    int32_t owner = atomic_load(&held->owner);
    return owner == shim.pid || is_dead(owner);
}

bool held_take(struct board_held *held, struct board_socket *socket)
{
    uint32_t is = atomic_load(&held->kind);
    if (!is_waiting(is) || socket_at(held) != socket ||
        !atomic_compare_exchange_strong(&held->kind, &is, HELD_CLAIMED))
        return false;
    atomic_fetch_sub(&socket->held, 1);
    return true;
}

void held_forget(struct board_socket *socket)
{
    static const enum held_kind kinds[] = {HELD_RECEIVED, HELD_SENT};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (struct board_held *held; (held = held_of(socket, kinds[i])) && held_take(held, socket);)
            held_free(held);
    atomic_store(&socket->held, 0);
}
