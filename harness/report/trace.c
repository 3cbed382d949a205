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

/* What the shim did to the call, or would have; a mark leads the eye to the former. */
static void write_injected(FILE *to, const char *injected, const char *colour, const char *off)
{
    fprintf(to, "  %s[", colour);
    text_escape(to, injected, strlen(injected), false);
    fprintf(to, "]%s", off);
}

static void write_line(FILE *to, const struct trace_line *line, const char *label, int width,
                       const struct paint *paint)
{
    bool more = line->injected != NULL || line->site != NULL;
    bool fired = line->injected != NULL && strncmp(line->injected, "refused", 7) != 0;
    const char *colour = fired ? paint->mark : "", *off = fired ? paint->off : "";
    long long us = line->time_ns > 0 ? line->time_ns / 1000 : 0;
    fprintf(to, "    %s%c%s %s%4lld.%06lld%s  ", colour, fired ? '>' : ' ', off, paint->dim, us / 1000000,
            us % 1000000, paint->off);
    detail_padded(to, label, width);
    fprintf(to, "  %s", colour);
    detail_padded(to, line->text, more ? CALL_WIDTH : 0);
    fputs(off, to);
    if (line->injected != NULL)
        write_injected(to, line->injected, colour, off);
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
    fputs("\n  trace", to);
    if (result->trace_total > result->trace_count)
        fprintf(to, "  %s%zu of %llu calls%s", paint->dim, result->trace_count,
                (unsigned long long)result->trace_total, paint->off);
    if (result->trace_lost > 0)
        fprintf(to, ", %llu lost", (unsigned long long)result->trace_lost);
    fputc('\n', to);
    for (size_t i = 0; i < result->trace_count; i++) {
        if (result->trace[i].left_out > 0)
            fprintf(to, "      %s... %llu call%s ...%s\n", paint->dim,
                    (unsigned long long)result->trace[i].left_out, result->trace[i].left_out == 1 ? "" : "s",
                    paint->off);
        write_label(label, result, &result->trace[i]);
        write_line(to, &result->trace[i], label, width, paint);
    }
}
