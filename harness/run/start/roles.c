#include "harness/run/start/roles.h"

#include <string.h>

enum { ROLE_FREE = 0, ROLE_THERE = 2 };

int role_find(const struct board *board, const char *name)
{
    for (int i = 0; i < BOARD_ROLES; i++) {
        const struct board_role *role = &board->roles[i];
        uint32_t state = atomic_load(&role->state);
        if (state == ROLE_FREE) /* slots are taken from the first on */
            break;
        if (state == ROLE_THERE && strncmp(role->name, name, sizeof role->name - 1) == 0)
            return i;
    }
    return -1;
}

/* Slots are taken from the first on: the first free one ends the list. */
const struct board_process *role_next(const struct board *board, int role, uint32_t *at)
{
    for (; *at < BOARD_PROCESSES; ++*at) {
        const struct board_process *process = &board->processes[*at];
        uint32_t state = atomic_load(&process->state);
        if (state == BOARD_PROCESS_FREE)
            return NULL;
        if ((state == BOARD_PROCESS_HELLO || state == BOARD_PROCESS_GONE) &&
            atomic_load(&process->role) == (uint32_t)role) {
            ++*at;
            return process;
        }
    }
    return NULL;
}

bool role_said_hello(const struct board *board, int role)
{
    uint32_t at = 0;
    return role_next(board, role, &at) != NULL;
}

static bool has_port(const struct board_process *process, const uint16_t *ports, int count)
{
    uint32_t known = atomic_load(&process->port_count);
    uint32_t room = sizeof process->ports / sizeof *process->ports;
    for (uint32_t i = 0; i < known && i < room; i++)
        for (int k = 0; k < count; k++)
            /* 0: a Unix domain listener, which has no port and is what such a command then listens on */
            if (atomic_load(&process->ports[i]) == ports[k] || atomic_load(&process->ports[i]) == 0)
                return true;
    /* It listens on more than there is room for: it may be one of those. */
    return count == 0 || known > room;
}

bool role_listens(const struct board *board, int role, const uint16_t *ports, int count)
{
    uint32_t at = 0;
    for (const struct board_process *process; (process = role_next(board, role, &at));)
        if (atomic_load(&process->listening) > 0 && has_port(process, ports, count))
            return true;
    return false;
}

bool role_waited(const struct board *board, int role)
{
    uint32_t at = 0;
    for (const struct board_process *process; (process = role_next(board, role, &at));)
        if (atomic_load(&process->waits_after_listening) > 0)
            return true;
    return false;
}

const struct board_thread *thread_next(const struct board *board, pid_t pid, uint32_t *at)
{
    uint32_t end = atomic_load(&board->threads_end);
    while (*at < end && *at < BOARD_THREADS) {
        const struct board_thread *thread = &board->threads[(*at)++];
        if (atomic_load(&thread->pid) == pid && atomic_load(&thread->tid) > 0)
            return thread;
    }
    return NULL;
}

uint64_t calls_begun(const struct board *board, pid_t pid)
{
    uint64_t begun = 0;
    uint32_t at = 0;
    for (const struct board_thread *thread; (thread = thread_next(board, pid, &at));)
        begun += atomic_load(&thread->sequence);
    return begun;
}

void role_counts(const struct board *board, int role, struct observed_counts *ret)
{
    *ret = (struct observed_counts){0};
    if (role < 0 || role >= BOARD_ROLES)
        return;
    const struct board_role *from = &board->roles[role];
    ret->bytes_received = atomic_load(&from->bytes_received);
    ret->bytes_sent = atomic_load(&from->bytes_sent);
    for (int i = 0; i < CALL_COUNT; i++)
        ret->calls[i] = atomic_load(&from->calls[i]);
}
