#include "shim/know/held.h"
#include "shim/state.h"

struct board_held *held_claim(void)
{
    for (int i = 0; i < BOARD_HELD; i++) {
        uint32_t is = HELD_FREE;
        if (atomic_compare_exchange_strong(&shim.board->held[i].kind, &is, HELD_CLAIMED))
            return &shim.board->held[i];
    }
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
    for (int i = 0; i < BOARD_HELD; i++) {
        struct board_held *held = &shim.board->held[i];
        if (atomic_load(&held->kind) == (uint32_t)kind &&
            atomic_load(&held->socket) == (uint32_t)(socket - shim.board->sockets))
            return held;
    }
    return NULL;
}

bool held_take(struct board_held *held, struct board_socket *socket)
{
    uint32_t is = atomic_load(&held->kind);
    if ((is != HELD_RECEIVED && is != HELD_SENT) ||
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
