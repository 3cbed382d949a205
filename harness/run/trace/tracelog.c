#include "harness/run/trace/tracelog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KEPT_BYTES (TRACELOG_KEPT * sizeof(struct trace_record))

bool tracelog_init(struct tracelog *log, bool ordering, bool surveying)
{
    /* Only as much of it as is written to becomes real memory. calloc would clear all of it from the second
     * time on, in a process that has freed as much. */
    void *kept =
        mmap(NULL, KEPT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *log = (struct tracelog){
        .kept = kept == MAP_FAILED ? NULL : kept, .ordering = ordering, .surveying = surveying};
    return log->kept != NULL;
}

void tracelog_free(struct tracelog *log)
{
    if (log->kept)
        munmap(log->kept, KEPT_BYTES);
    free(log->order);
    free(log->decided);
    free(log->fired);
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

static void remember_decided(struct tracelog *log, const struct trace_record *record)
{
    if (log->decided_count == log->decided_capacity) {
        size_t capacity = log->decided_capacity ? 2 * log->decided_capacity : 256;
        struct decided_call *more = NULL;
        if (log->decided_count < TRACELOG_SURVEY_MAX)
            more = realloc(log->decided, capacity * sizeof *more);
        if (more) {
            log->decided = more;
            log->decided_capacity = capacity < TRACELOG_SURVEY_MAX ? capacity : TRACELOG_SURVEY_MAX;
        } else {
            log->decided_lost++;
            return;
        }
    }
    log->decided[log->decided_count++] =
        (struct decided_call){.record = *record, .number = log->next + 1, .result = -1, .rule = -1};
}

static void remember_fired(struct tracelog *log, const struct trace_record *record)
{
    if (log->fired_count == log->fired_capacity) {
        size_t capacity = log->fired_capacity ? 2 * log->fired_capacity : 64;
        struct trace_record *more = NULL;
        if (log->fired_count < TRACELOG_FIRED_MAX)
            more = realloc(log->fired, capacity * sizeof *more);
        if (!more) {
            log->fired_lost++;
            return;
        }
        log->fired = more;
        log->fired_capacity = capacity;
    }
    memcpy(&log->fired[log->fired_count++], record, sizeof *record);
}

static int by_number(const void *key, const void *item)
{
    const uint64_t *number = key;
    const struct decided_call *call = item;
    return (*number > call->number) - (*number < call->number);
}

static void remember_end(struct tracelog *log, const struct trace_record *record)
{
    struct decided_call *call = NULL;
    if (record->kind == TRACE_CALL && record->decided > 0 && log->decided_count > 0)
        call = bsearch(&record->decided, log->decided, log->decided_count, sizeof *call, by_number);
    if (!call)
        return;
    call->ended = true;
    call->result = record->result;
    call->error = record->error;
    call->rule = record->rule;
    call->recipe = record->recipe < RECIPE_COUNT ? (enum recipe)record->recipe : RECIPE_NONE;
}

static void keep(struct tracelog *log, const struct trace_record *record)
{
    if (record->kind == TRACE_FIRED) {
        if (log->surveying && record->call < CALL_COUNT && record->role < BOARD_ROLES)
            remember_fired(log, record);
        return;
    }
    if (record->kind == TRACE_DECIDED) {
        if (log->surveying && record->call < CALL_COUNT && record->role < BOARD_ROLES)
            remember_decided(log, record);
        return;
    }
    if (log->surveying)
        remember_end(log, record);
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
