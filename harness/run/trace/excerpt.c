#include "harness/run/outcome.h"
#include "harness/run/trace/trace_text.h"

#include <stdlib.h>
#include <string.h>

enum { EXCERPT_MAX = 60, EXCERPT_TAIL = 24, BEFORE_FAULT = 3, AFTER_FAULT = 5 };

/* A record on its way into the excerpt. */
struct candidate {
    const struct trace_record *record;
    size_t number;
    bool wanted;
};

static int by_time(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->record->time_ns != b->record->time_ns)
        return a->record->time_ns < b->record->time_ns ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static struct candidate *all_by_time(const struct tracelog *log, size_t *ret_count)
{
    size_t count = tracelog_count(log);
    struct candidate *all = calloc(count ? count : 1, sizeof *all);
    for (size_t i = 0; all && i < count; i++)
        all[i] = (struct candidate){tracelog_at(log, i), i, false};
    if (all)
        qsort(all, count, sizeof *all, by_time);
    *ret_count = all ? count : 0;
    return all;
}

static bool same(const struct trace_record *a, const struct trace_record *b)
{
    return a->tid == b->tid && a->call == b->call && a->fd == b->fd && a->result == b->result &&
           a->error == b->error && a->rule == b->rule;
}

/* The third of three in a row that say the same says nothing. */
static bool tedious(const struct candidate *all, size_t i)
{
    return i >= 2 && all[i].record->rule < 0 && same(all[i].record, all[i - 1].record) &&
           same(all[i].record, all[i - 2].record);
}

/* Wants those in [from, to), as long as there is room for more. */
static void want(struct candidate *all, size_t from, size_t to, size_t *wanted)
{
    for (size_t i = from; i < to && *wanted < EXCERPT_MAX; i++)
        if (!all[i].wanted && !tedious(all, i)) {
            all[i].wanted = true;
            ++*wanted;
        }
}

/* The end first, which always has something to say; then the surroundings of each fault, from the first on.
 */
static void choose(struct candidate *all, size_t count)
{
    size_t wanted = 0;
    want(all, count > EXCERPT_TAIL ? count - EXCERPT_TAIL : 0, count, &wanted);
    for (size_t i = 0; i < count; i++)
        if (all[i].record->rule >= 0)
            want(all, i > BEFORE_FAULT ? i - BEFORE_FAULT : 0,
                 i + AFTER_FAULT < count ? i + AFTER_FAULT : count, &wanted);
    /* Room is left where little was injected: more of the end. */
    for (size_t i = count; i > 0 && wanted < EXCERPT_MAX; i--)
        want(all, i - 1, i, &wanted);
}

void outcome_trace(struct run *run, struct sites *sites)
{
    struct trace_text context = {.board = run->board, .sites = sites, .began_ns = run->began_ns};
    struct result *result = run->result;
    size_t count;
    result->trace_total = run->log.read + run->log.lost;
    result->trace_lost = run->log.lost;
    if (!run->board || !run->log.kept)
        return;
    struct candidate *all = all_by_time(&run->log, &count);
    bool whole = run->options->whole_trace;
    result->trace = calloc(whole ? count + 1 : EXCERPT_MAX, sizeof *result->trace);
    if (all && result->trace && !whole)
        choose(all, count);
    for (size_t i = 0; result->trace && i < count; i++)
        if ((whole || all[i].wanted) &&
            trace_line_make(&context, all[i].record, &result->trace[result->trace_count]))
            result->trace_count++;
    free(all);
}

void outcome_write_trace(const struct run *run, struct sites *sites, FILE *to)
{
    struct trace_text context = {.board = run->board, .sites = sites, .began_ns = run->began_ns};
    size_t count;
    if (!run->board || !run->log.kept)
        return;
    struct candidate *all = all_by_time(&run->log, &count);
    uint64_t missing = run->log.read + run->log.lost - count;
    if (missing > 0)
        fprintf(to, "(%llu calls before the last %zu are not here)\n", (unsigned long long)missing, count);
    for (size_t i = 0; i < count; i++) {
        struct trace_line line;
        if (!trace_line_make(&context, all[i].record, &line))
            continue;
        char *text = trace_line_text(&line);
        if (text)
            fprintf(to, "%s\n", text);
        free(text);
        trace_line_clear(&line);
    }
    free(all);
}
