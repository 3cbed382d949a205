#include "harness/cli/wrap.h"
#include "harness/clock.h"
#include "harness/run/trace/trace_text.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LOOK_EVERY_MS = 2,   /* the board's ring holds what a thread can do in ten times that */
    BATCH = 256,         /* lines printed between two looks at the board */
    QUEUE_MAX = 1 << 20, /* records; then the ring is left to overflow */
    UNFINISHED_MS = 100, /* that long a record may stay begun; its process has been killed then */
};

/*
 * Records are taken off the board as fast as they come and printed as fast as that goes: looking up a site
 * for the first time takes longer than the ring would last.
 */
struct wrap_trace {
    struct trace_text text;
    FILE *file;
    bool own_file, running, write_failed;
    pthread_t thread;
    int over;      /* eventfd: the program has ended */
    uint64_t next; /* record on the board */
    uint64_t end;  /* ... and the first that is no longer ours: what descendants that live on do */
    uint64_t lost;
    int64_t unfinished_ns; /* since when `next` has been found begun and not finished; 0: it was not */
    struct trace_record *queue;
    size_t first, count, capacity; /* waiting to be printed: queue[first..count) */
};

struct wrap_trace *wrap_trace_open(const struct board *board, const char *file, struct diag *diag)
{
    struct wrap_trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL) {
        diag_set(diag, STATUS_TROUBLE, "no memory for the trace");
        return NULL;
    }
    trace->end = UINT64_MAX;
    trace->own_file = file != NULL;
    trace->file = file != NULL ? fopen(file, "we") : stderr;
    trace->over = eventfd(0, EFD_CLOEXEC);
    trace->text = (struct trace_text){board, sites_new(), clock_ns()};
    if (trace->file != NULL && trace->over >= 0)
        return trace;
    diag_set(diag, STATUS_TROUBLE, "--trace=%s: %m", file == NULL ? "" : file);
    trace->own_file = trace->own_file && trace->file != NULL;
    wrap_trace_end(trace);
    return NULL;
}

static bool queue_room(struct wrap_trace *trace)
{
    if (trace->first == trace->count)
        trace->first = trace->count = 0;
    if (trace->count < trace->capacity)
        return true;
    size_t capacity = trace->capacity == 0 ? 1024 : 2 * trace->capacity;
    struct trace_record *grown =
        capacity > QUEUE_MAX ? NULL : realloc(trace->queue, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    trace->queue = grown;
    trace->capacity = capacity;
    return true;
}

/* Whether a record that is not there yet never will be. */
static bool give_up(struct wrap_trace *trace, bool last)
{
    int64_t now = clock_ns();
    if (trace->unfinished_ns == 0)
        trace->unfinished_ns = now;
    return last || now - trace->unfinished_ns > UNFINISHED_MS * NS_PER_MS;
}

static void skip(struct wrap_trace *trace, uint64_t count)
{
    trace->next += count;
    trace->lost += count;
    trace->unfinished_ns = 0;
}

/* How many records there are to be printed so far. */
static uint64_t written(const struct wrap_trace *trace)
{
    uint64_t head = atomic_load(&trace->text.board->trace_head);
    return head < trace->end ? head : trace->end;
}

/* Takes what is there. `last`: nobody is left to finish what was begun. */
static void take(struct wrap_trace *trace, bool last)
{
    const struct board *board = trace->text.board;
    uint64_t head = written(trace);
    if (head > trace->next + BOARD_TRACE)
        skip(trace, head - BOARD_TRACE - trace->next);
    while (trace->next < head && queue_room(trace)) {
        int there = board_trace_read(board, trace->next, &trace->queue[trace->count]);
        if (there == 0 && !give_up(trace, last))
            return;
        if (there <= 0) {
            skip(trace, 1);
            continue;
        }
        trace->count++;
        trace->next++;
        trace->unfinished_ns = 0;
    }
}

static void print(struct wrap_trace *trace, const struct trace_record *record)
{
    struct trace_line line;
    if (trace->write_failed || !trace_line_make(&trace->text, record, &line))
        return;
    char *text = trace_line_text(&line);
    if (text != NULL && fprintf(trace->file, "%s\n", text) < 0)
        trace->write_failed = true; /* nobody reads it: no reason to disturb the program */
    free(text);
    trace_line_clear(&line);
}

/* Takes what is there and prints some of what waits. Returns whether anything is left. */
static bool go_on(struct wrap_trace *trace, bool last)
{
    take(trace, last);
    for (int i = 0; i < BATCH && trace->first < trace->count; i++)
        print(trace, &trace->queue[trace->first++]);
    if (trace->first < trace->count)
        return true;
    fflush(trace->file);
    return trace->next < written(trace);
}

static void *follow(void *context)
{
    struct wrap_trace *trace = context;
    struct pollfd over = {.fd = trace->over, .events = POLLIN};
    int wait = 0;
    while (poll(&over, 1, wait) <= 0)
        wait = go_on(trace, false) && trace->unfinished_ns == 0 ? 0 : LOOK_EVERY_MS;
    return NULL;
}

bool wrap_trace_start(struct wrap_trace *trace, struct diag *diag)
{
    int error = pthread_create(&trace->thread, NULL, follow, trace);
    trace->running = error == 0;
    if (error != 0)
        diag_set(diag, STATUS_TROUBLE, "no thread for the trace, which is printed at the end: %s",
                 strerror(error));
    return trace->running;
}

uint64_t wrap_trace_end(struct wrap_trace *trace)
{
    uint64_t one = 1, lost;
    if (trace == NULL)
        return 0;
    if (trace->running && write(trace->over, &one, sizeof one) == sizeof one)
        pthread_join(trace->thread, NULL);
    trace->end = written(trace);
    while (trace->file != NULL && go_on(trace, true))
        ;
    if (trace->file != NULL && trace->lost > 0)
        fprintf(trace->file, "(%llu lines lost: the program was faster)\n", (unsigned long long)trace->lost);
    lost = trace->lost;
    if (trace->own_file)
        fclose(trace->file);
    if (trace->over >= 0)
        close(trace->over);
    sites_free(trace->text.sites);
    free(trace->queue);
    free(trace);
    return lost;
}
