#include "harness/cli/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool to_stdout(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->items[i].path == NULL)
            return true;
    return false;
}

static char *unknown_format(const char *name)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return strdup("got something unknown, expected a format");
    fprintf(to, "got '%s', expected ", name);
    const struct report_format *format;
    for (size_t i = 0; (format = report_at(i)) != NULL; i++)
        fprintf(to, "%s%s", i == 0 ? "" : report_at(i + 1) == NULL ? " or " : ", ", format->name);
    fputs(", with =FILE or without", to);
    fclose(to);
    return text;
}

static char *add_one(struct outputs *outputs, char *text)
{
    char *path = strchr(text, '=');
    if (path != NULL)
        *path++ = '\0';
    if (path != NULL && strcmp(path, "-") == 0)
        path = NULL;
    const struct report_format *format = report_find(text);
    if (format == NULL)
        return unknown_format(text);
    if (path != NULL && *path == '\0')
        return strdup("got no file after '=', expected FORMAT=FILE");
    if (path == NULL && to_stdout(outputs))
        return strdup("got a second report on standard output, expected FORMAT=FILE for all but one");
    if (outputs->count == OUTPUTS_MAX - 1) /* there must be room for what goes to standard output */
        return strdup("got a ninth report, expected at most eight");
    outputs->items[outputs->count++] = (struct output){.format = format, .path = path};
    return NULL;
}

char *outputs_add(struct outputs *outputs, char *text)
{
    char *wrong = NULL, *piece;
    while (wrong == NULL && (piece = strsep(&text, ",")) != NULL)
        wrong = add_one(outputs, piece);
    return wrong;
}

static bool open_one(struct output *output, struct diag *diag)
{
    struct report_stream *stream = &output->stream;
    stream->file = output->path == NULL ? stdout : fopen(output->path, "we");
    if (stream->file == NULL)
        diag_set(diag, STATUS_TROUBLE, "--report %s=%s: %m", output->format->name, output->path);
    else
        stream->terminal = output->path == NULL && isatty(STDOUT_FILENO) == 1;
    return stream->file != NULL;
}

bool outputs_begin(struct outputs *outputs, const char *const *files, size_t total, bool quiet,
                   struct diag *diag)
{
    if (!to_stdout(outputs))
        outputs->items[outputs->count++] = (struct output){.format = report_find("text")};
    for (size_t i = 0; i < outputs->count; i++)
        if (!open_one(&outputs->items[i], diag))
            return false;
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->items[i];
        output->stream.total = total;
        output->stream.files = files;
        output->stream.quiet = quiet;
        if (output->format->begin != NULL)
            output->format->begin(&output->stream);
    }
    return true;
}

void outputs_one(struct outputs *outputs, const struct result *result)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->items[i].format->one != NULL)
            outputs->items[i].format->one(&outputs->items[i].stream, result);
}

static bool close_one(struct output *output, struct diag *diag)
{
    FILE *file = output->stream.file;
    bool written = ferror(file) == 0 && fflush(file) == 0;
    if (!written)
        diag_set(diag, STATUS_TROUBLE, "--report %s: %s: not all of it was written: %m", output->format->name,
                 output->path == NULL ? "standard output" : output->path);
    if (file != stdout)
        fclose(file);
    output->stream.file = NULL;
    return written;
}

/* It closes with the totals itself. */
static bool text_on_stdout(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->items[i].path == NULL && outputs->items[i].format == report_find("text"))
            return true;
    return false;
}

bool outputs_end(struct outputs *outputs, const struct results *results, struct diag *diag)
{
    bool written = true;
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->items[i];
        output->format->end(&output->stream, results);
        written = close_one(output, diag) && written;
    }
    if (!text_on_stdout(outputs))
        report_totals(stderr, results);
    return written;
}
