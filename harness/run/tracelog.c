#include "harness/run/tracelog.h"

#include <stdlib.h>
#include <string.h>

bool tracelog_init(struct tracelog *log, bool ordering)
{
    /* Only as much of it as is written to becomes real memory. */
    *log = (struct tracelog){.kept = calloc(TRACELOG_KEPT, sizeof *log->kept), .ordering = ordering};
    return log->kept != NULL;
}

void tracelog_free(struct tracelog *log)
{
    free(log->kept);
    free(log->order);
    *log = (struct tracelog){0};
}

static void remember_order(struct tracelog *log, const struct trace_record *record)
{
    if (record->kind != TRACE_CALL || record->call >= CALL_COUNT)
        return;
    if (log->order_count == log->order_capacity) {
        size_t capacity = log->order_capacity ? 2 * log->order_capacity : 256;
        struct ordered_call *more = NULL;
        if (capacity <= TRACELOG_ORDER_MAX)
            more = realloc(log->order, capacity * sizeof *more);
        if (!more) {
            log->order_lost++;
            return;
        }
        log->order = more;
        log->order_capacity = capacity;
    }
    log->order[log->order_count++] = (struct ordered_call){record->time_ns, record->role, record->call};
}

static void keep(struct tracelog *log, const struct trace_record *record)
{
    memcpy(&log->kept[log->read++ % TRACELOG_KEPT], record, sizeof *record);
    if (log->ordering)
        remember_order(log, record);
}

/* A program that writes nonsense to the board must not keep us here: what is too far behind is given up at
 * once. */
static void catch_up(struct tracelog *log, uint64_t head)
{
    if (head > log->next + BOARD_TRACE) {
        log->lost += head - BOARD_TRACE - log->next;
        log->next = head - BOARD_TRACE;
    }
}

void tracelog_drain(struct tracelog *log, const struct board *board, bool last)
{
    uint64_t head = atomic_load(&board->trace_head);
    if (head < log->next)
        return;
    catch_up(log, head);
    while (log->next < head) {
        struct trace_record record;
        int got = board_trace_read(board, log->next, &record);
        if (got == 0 && !last && head - log->next < BOARD_TRACE / 2)
            return;
        if (got == 1)
            keep(log, &record);
        else
            log->lost++;
        log->next++;
    }
}

size_t tracelog_count(const struct tracelog *log)
{
    return log->read < TRACELOG_KEPT ? (size_t)log->read : TRACELOG_KEPT;
}

const struct trace_record *tracelog_at(const struct tracelog *log, size_t i)
{
    size_t count = tracelog_count(log);
    return i < count ? &log->kept[(log->read - count + i) % TRACELOG_KEPT] : NULL;
}

static int by_time(const void *left, const void *right)
{
    const struct ordered_call *a = left, *b = right;
    return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

void tracelog_sort(struct tracelog *log)
{
    if (log->order_count > 0)
        qsort(log->order, log->order_count, sizeof *log->order, by_time);
}

uint16_t *tracelog_calls(const struct tracelog *log, int role, size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < log->order_count; i++)
        count += log->order[i].role == role;
    uint16_t *calls = count ? malloc(count * sizeof *calls) : NULL;
    *ret_count = 0;
    for (size_t i = 0; calls && i < log->order_count; i++)
        if (log->order[i].role == role)
            calls[(*ret_count)++] = log->order[i].call;
    return calls;
}
