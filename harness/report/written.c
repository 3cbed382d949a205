/* What the processes wrote. */
#include "harness/report/detail.h"
#include "harness/text.h"

#include <string.h>

/* A sanitizer says what matters first, a log last: both ends are shown. */
enum { STDERR_LINES = 40, STDOUT_LINES = 10, LINE_BYTES = 240 };

struct text {
    const char *at;
    size_t len;
};

static size_t line_end(const struct text *text, size_t start)
{
    const char *newline = memchr(text->at + start, '\n', text->len - start);
    return newline == NULL ? text->len : (size_t)(newline - text->at);
}

static size_t count_lines(const struct text *text)
{
    size_t lines = 0;
    for (size_t start = 0; start < text->len; start = line_end(text, start) + 1)
        lines++;
    return lines;
}

static void write_line(FILE *to, const char *line, size_t len)
{
    fputs("      | ", to);
    text_escape(to, line, len > LINE_BYTES ? LINE_BYTES : len, false);
    if (len > LINE_BYTES)
        fprintf(to, "... (%zu bytes)", len);
    fputc('\n', to);
}

static void write_bounded(FILE *to, const struct text *text, size_t most)
{
    size_t lines = count_lines(text), number = 0, left_out = lines > most ? lines - most : 0;
    for (size_t start = 0; start < text->len; number++) {
        size_t end = line_end(text, start);
        if (left_out > 0 && number == most / 2)
            fprintf(to, "      ... %zu lines ...\n", left_out);
        if (left_out == 0 || number < most / 2 || number >= most / 2 + left_out)
            write_line(to, text->at + start, end - start);
        start = end + 1;
    }
}

static void write_stream(FILE *to, const struct process_result *process, const char *stream,
                         const struct text *text, bool cut, size_t most)
{
    if (text->at == NULL || text->len == 0)
        return;
    fprintf(to, "\n  %s of ", stream);
    text_escape(to, process->name == NULL ? "?" : process->name,
                process->name == NULL ? 1 : strlen(process->name), false);
    fputs(cut ? " (the first of it; there was more)\n" : "\n", to);
    write_bounded(to, text, most);
}

static bool shown_already(const struct result *result, const struct process_result *process)
{
    for (size_t i = 0; i < result->failure_count; i++) {
        const struct failure *failure = &result->failures[i];
        if (failure->process != NULL && failure->what != NULL && process->name != NULL &&
            strcmp(failure->what, "stdout") == 0 && strcmp(failure->process, process->name) == 0)
            return true;
    }
    return false;
}

void streams_write(FILE *to, const struct result *result)
{
    for (size_t i = 0; i < result->process_count; i++) {
        const struct process_result *process = &result->processes[i];
        const struct text out = {process->out, process->out_len}, err = {process->err, process->err_len};
        if (!shown_already(result, process))
            write_stream(to, process, "stdout", &out, process->out_cut, STDOUT_LINES);
        write_stream(to, process, "stderr", &err, process->err_cut, STDERR_LINES);
    }
}
