#include "shim/model/board.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

bool board_valid(const struct board *board, size_t size)
{
    return size >= sizeof *board && board->magic == BOARD_MAGIC && board->version == BOARD_VERSION &&
           board->size == sizeof *board && atomic_load(&board->rule_count) <= BOARD_RULES;
}

enum { ROLE_FREE, ROLE_WRITING, ROLE_THERE };

/* Whether that slot has (or now got) the name. A slot that another process is writing is waited for: it is
 * one copy. */
static bool role_take(struct board_role *role, const char *name)
{
    uint32_t state = ROLE_FREE;
    if (atomic_compare_exchange_strong(&role->state, &state, ROLE_WRITING)) {
        strncpy(role->name, name, sizeof role->name - 1);
        atomic_store(&role->state, ROLE_THERE);
        return true;
    }
    for (int i = 0; i < 1000000 && state == ROLE_WRITING; i++)
        state = atomic_load(&role->state);
    return strncmp(role->name, name, sizeof role->name - 1) == 0;
}

uint32_t board_role(struct board *board, const char *name)
{
    uint32_t i = 0;
    while (i < BOARD_ROLES - 1 && !role_take(&board->roles[i], name))
        i++;
    return i;
}

static bool claim(struct board_process *process, uint32_t from, pid_t pid)
{
    if (!atomic_compare_exchange_strong(&process->state, &from, BOARD_PROCESS_CLAIMED))
        return false;
    atomic_store(&process->pid, pid);
    atomic_store(&process->listening, 0);
    atomic_store(&process->waits_after_listening, 0);
    atomic_store(&process->port_count, 0);
    atomic_store(&process->module_set, 0);
    return true;
}

struct board_process *board_process_claim(struct board *board, pid_t pid)
{
    struct board_process *all = board->processes;
    /* An exec keeps the pid: the same slot says hello again. */
    for (int i = 0; i < BOARD_PROCESSES && atomic_load(&all[i].state) != BOARD_PROCESS_FREE; i++)
        if (atomic_load(&all[i].pid) == pid && claim(&all[i], BOARD_PROCESS_HELLO, pid))
            return &all[i];
    for (int i = 0; i < BOARD_PROCESSES; i++)
        if (claim(&all[i], BOARD_PROCESS_FREE, pid))
            return &all[i];
    for (int i = 0; i < BOARD_PROCESSES; i++)
        if (kill(atomic_load(&all[i].pid), 0) < 0 && errno == ESRCH &&
            (claim(&all[i], BOARD_PROCESS_HELLO, pid) || claim(&all[i], BOARD_PROCESS_PEER, pid)))
            return &all[i];
    return NULL;
}

struct trace_record *board_trace_begin(struct board *board, uint64_t *ret_number)
{
    *ret_number = atomic_fetch_add_explicit(&board->trace_head, 1, memory_order_relaxed);
    struct trace_record *record = &board->trace[*ret_number % BOARD_TRACE];
    atomic_store_explicit(&record->sequence, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    return record;
}

void board_trace_commit(struct trace_record *record, uint64_t number)
{
    atomic_store_explicit(&record->sequence, number + 1, memory_order_release);
}

int board_trace_read(const struct board *board, uint64_t number, struct trace_record *ret)
{
    if (atomic_load(&board->trace_head) > number + BOARD_TRACE)
        return -1;
    const struct trace_record *record = &board->trace[number % BOARD_TRACE];
    uint64_t before = atomic_load_explicit(&record->sequence, memory_order_acquire);
    if (before != number + 1)
        return before > number + 1 ? -1 : 0;
    memcpy(ret, record, sizeof *ret);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&record->sequence, memory_order_relaxed) == number + 1 ? 1 : -1;
}

/* A table that is nearly full must not make every call a walk through it. */
enum { COUNTER_PROBES = 1024 };

_Atomic uint64_t *board_cell(struct board *board, uint64_t key)
{
    key = key ? key : 1;
    for (uint64_t i = 0; i < COUNTER_PROBES; i++) {
        struct board_counter *counter = &board->counters[(key + i) % BOARD_COUNTERS];
        uint64_t there = atomic_load_explicit(&counter->key, memory_order_relaxed);
        if (there == 0 && atomic_compare_exchange_strong(&counter->key, &there, key))
            there = key;
        if (there == key)
            return &counter->count;
    }
    atomic_fetch_add(&board->counters_lost, 1);
    return NULL;
}

uint64_t board_count(struct board *board, uint64_t key)
{
    _Atomic uint64_t *count = board_cell(board, key);
    return count ? atomic_fetch_add(count, 1) + 1 : 0;
}

const struct board_module *board_module_at(const struct board *board, uint32_t set, uint64_t address)
{
    uint32_t end = atomic_load(&board->module_count);
    end = end < BOARD_MODULES ? end : BOARD_MODULES;
    for (uint32_t i = set ? set - 1 : end; i < end; i++) {
        const struct board_module *module = &board->modules[i];
        if (atomic_load_explicit(&module->set, memory_order_acquire) == set && address >= module->base &&
            address < module->end)
            return module;
    }
    return NULL;
}

const char *board_call_name(uint32_t call)
{
    if (call == 0 || call > CALL_COUNT + TIMING_COUNT)
        return NULL;
    return call <= CALL_COUNT ? call_info((enum call_id)(call - 1))->name
                              : timing_name((enum timing_id)(call - 1 - CALL_COUNT));
}
