#include "harness/report/detail.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

enum { CALL_WIDTH = 44, LABEL_MAX = 48 };

/* How many columns an escaped text takes: characters, as far as a program without a font can know. */
static int columns(const char *text)
{
    int count = 0;
    for (const char *byte = text; *byte != '\0'; byte++)
        count += ((unsigned char)*byte & 0xc0) != 0x80;
    return count;
}

void detail_padded(FILE *to, const char *text, int width)
{
    char *shown = text_escaped(text == NULL ? "?" : text, text == NULL ? 1 : strlen(text), false);
    if (shown == NULL)
        return;
    int pad = width - columns(shown);
    fprintf(to, "%s%*s", shown, pad > 0 ? pad : 0, "");
    free(shown);
}

static bool same_name(const struct trace_line *a, const struct trace_line *b)
{
    return a->process != NULL && b->process != NULL && strcmp(a->process, b->process) == 0;
}

/* "server", or "server:1234" when several threads or forked children go by that name. */
static void write_label(char label[LABEL_MAX], const struct result *result, const struct trace_line *line)
{
    bool alone = true;
    for (size_t i = 0; i < result->trace_count && alone; i++)
        alone = !same_name(line, &result->trace[i]) || result->trace[i].tid == line->tid;
    const char *name = line->process == NULL ? "?" : line->process;
    if (alone)
        snprintf(label, LABEL_MAX, "%s", name);
    else
        snprintf(label, LABEL_MAX, "%.32s:%d", name, line->tid);
}

static void write_line(FILE *to, const struct trace_line *line, const char *label, int width,
                       const struct paint *paint)
{
    bool injected = line->injected != NULL;
    long long us = line->time_ns / 1000;
    fprintf(to, "    %s%c %s%4lld.%06lld%s  ", injected ? paint->mark : "", injected ? '>' : ' ', paint->dim,
            us / 1000000, us < 0 ? -us % 1000000 : us % 1000000, paint->off);
    detail_padded(to, label, width);
    fprintf(to, "  %s", injected ? paint->mark : "");
    detail_padded(to, line->text, injected || line->site != NULL ? CALL_WIDTH : 0);
    fputs(injected ? paint->off : "", to);
    if (injected) {
        fprintf(to, "  %s[", paint->mark);
        text_escape(to, line->injected, strlen(line->injected), false);
        fprintf(to, "]%s", paint->off);
    }
    if (line->site != NULL) {
        fprintf(to, "  %s", paint->dim);
        text_escape(to, line->site, strlen(line->site), false);
        fputs(paint->off, to);
    }
    fputc('\n', to);
}

void trace_write(FILE *to, const struct result *result, const struct paint *paint)
{
    char label[LABEL_MAX];
    int width = 0;
    if (result->trace_count == 0)
        return;
    for (size_t i = 0; i < result->trace_count; i++) {
        write_label(label, result, &result->trace[i]);
        width = columns(label) > width ? columns(label) : width;
    }
    fprintf(to, "\n  trace  %s", paint->dim);
    if (result->trace_total > result->trace_count)
        fprintf(to, "%zu of %llu calls", result->trace_count, (unsigned long long)result->trace_total);
    if (result->trace_lost > 0)
        fprintf(to, ", %llu lost", (unsigned long long)result->trace_lost);
    fprintf(to, "%s\n", paint->off);
    for (size_t i = 0; i < result->trace_count; i++) {
        write_label(label, result, &result->trace[i]);
        write_line(to, &result->trace[i], label, width, paint);
    }
}
