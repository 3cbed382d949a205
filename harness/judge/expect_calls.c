/* Expectations about the calls a process made. */
#include "harness/judge/judging.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>

/* Runs of calls that are shown at most: the last ones, those before the end. */
enum { ORDER_SHOWN = 16 };

static uint64_t calls_made(const struct observed_counts *counts, const struct call_set *set)
{
    uint64_t sum = 0;
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_set_has(set, (enum call_id)id))
            sum += counts->calls[id];
    return sum;
}

/* "0", and what else of the same family was made: `read` in place of `recv` is the usual mistake. */
static char *calls_text(const struct judging *j, const struct call_expectation *calls, uint64_t made)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    fprintf(to, "%llu", (unsigned long long)made);
    enum call_family family = FAMILY_COUNT;
    for (int id = 0; id < CALL_COUNT && family == FAMILY_COUNT; id++)
        if (call_set_has(&calls->calls, (enum call_id)id))
            family = call_info((enum call_id)id)->family;
    const char *separator = " (but ";
    for (int id = 0; id < CALL_COUNT && made == 0; id++)
        if (call_info((enum call_id)id)->family == family && j->seen->counts.calls[id] > 0) {
            fprintf(to, "%s%s %llu", separator, call_info((enum call_id)id)->name,
                    (unsigned long long)j->seen->counts.calls[id]);
            separator = ", ";
        }
    fputs(separator[0] == ',' ? ")" : "", to);
    fclose(to);
    return text;
}

void expect_calls(const struct judging *j)
{
    for (size_t i = 0; i < j->expect->call_count; i++) {
        const struct call_expectation *calls = &j->expect->calls[i];
        uint64_t made = calls_made(&j->seen->counts, &calls->calls);
        if (range_holds(&calls->times, made))
            continue;
        char *times = range_text(&calls->times);
        judging_fail_at(j, &calls->place, "calls", text_format("%s: %s", calls->word, times),
                        calls_text(j, calls, made));
        free(times);
    }
}

static const char *call_name(unsigned int id)
{
    return id < CALL_COUNT ? call_info((enum call_id)id)->name : "?";
}

/* Where the run of equal calls that ends before `end` begins. */
static size_t run_start(const uint16_t *calls, size_t end)
{
    size_t start = end - 1;
    while (start > 0 && calls[start - 1] == calls[end - 1])
        start--;
    return start;
}

/* "... connect, send, recv x3, close" */
static void write_calls(FILE *to, const struct observed_process *seen)
{
    size_t starts[ORDER_SHOWN], count = 0, end = seen->call_count;
    for (; end > 0 && count < ORDER_SHOWN; end = starts[count++])
        starts[count] = run_start(seen->calls, end);
    fputs(end > 0 ? "... " : "", to);
    while (count-- > 0) {
        size_t next = count > 0 ? starts[count - 1] : seen->call_count;
        fputs(call_name(seen->calls[starts[count]]), to);
        if (next - starts[count] > 1)
            fprintf(to, " x%zu", next - starts[count]);
        fputs(count > 0 ? ", " : "", to);
    }
}

static char *order_expected(const struct expectations *expect)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    for (size_t i = 0; i < expect->order_count; i++)
        fprintf(to, "%s%s", i == 0 ? "" : ", then ", call_name(expect->order[i]));
    fclose(to);
    return text;
}

static char *order_got(const struct judging *j, size_t found)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    fprintf(to, "no %s", call_name(j->expect->order[found]));
    if (found > 0)
        fprintf(to, " after that %s", call_name(j->expect->order[found - 1]));
    fputs(j->seen->call_count > 0 ? "\n" : "; no call at all", to);
    write_calls(to, j->seen);
    if (j->seen->calls_lost > 0)
        fprintf(to, "\n(%llu calls of this experiment were lost from the trace)",
                (unsigned long long)j->seen->calls_lost);
    fclose(to);
    return text;
}

void expect_order(const struct judging *j)
{
    size_t found = 0;
    for (size_t i = 0; i < j->seen->call_count && found < j->expect->order_count; i++)
        if (j->seen->calls[i] == j->expect->order[found])
            found++;
    if (found < j->expect->order_count)
        judging_fail(j, "order", order_expected(j->expect), order_got(j, found));
}
