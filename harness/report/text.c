/*
 * For people. Failures are told in full as they come. On a terminal a status line says how far it is;
 * elsewhere there is a line a scenario file, when the last of its experiments is over. At the end: what was
 * skipped and why, the failures again in a line each (the log between may be long), and the totals.
 */
#include "harness/text.h"
#include "harness/report/detail.h"
#include "harness/report/files.h"
#include "harness/report/formats.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

struct file_progress {
    const char *file;
    size_t expected, done, failed, skipped;
    int64_t elapsed_ns;
    size_t forced; /* in which a fault was injected by force */
};

struct text_state {
    const struct paint *paint;
    size_t done, passed, failed, skipped;
    bool drawn;                  /* a status line stands there */
    struct file_progress *files; /* by name; NULL: not told which there are */
    size_t file_count;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct file_progress *)a)->file, ((const struct file_progress *)b)->file);
}

/* One entry a file, sorted, from one entry an experiment. */
static void gather_files(struct text_state *state, const struct report_stream *stream)
{
    struct file_progress *files = stream->total == 0 ? NULL : calloc(stream->total, sizeof *files);
    if (files == NULL)
        return;
    for (size_t i = 0; i < stream->total; i++)
        files[i] =
            (struct file_progress){.file = stream->files[i] == NULL ? "" : stream->files[i], .expected = 1};
    qsort(files, stream->total, sizeof *files, compare_names);
    size_t last = 0;
    for (size_t i = 1; i < stream->total; i++) {
        if (strcmp(files[i].file, files[last].file) == 0)
            files[last].expected++;
        else
            files[++last] = files[i];
    }
    state->files = files;
    state->file_count = last + 1;
}

void text_begin(struct report_stream *stream)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    struct text_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return;
    if (terminal != NULL && strcmp(terminal, "dumb") == 0)
        stream->terminal = false;
    bool colour = stream->terminal && (no_colour == NULL || no_colour[0] == '\0');
    state->paint = colour ? &paint_colour : &paint_plain;
    stream->state = state;
    if (stream->files != NULL && !stream->terminal && !stream->quiet)
        gather_files(state, stream);
}

static size_t terminal_width(FILE *file)
{
    struct winsize size;
    int fd = fileno(file);
    return fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* At most so many characters of it: a status line that wraps cannot be wiped. */
static void write_cut(FILE *to, const char *text, size_t most)
{
    size_t at = 0, len = strlen(text);
    for (size_t step; at < len && most > 0; at += step, most--)
        text_rune(text + at, len - at, &step);
    fwrite(text, 1, at, to);
}

static void wipe_status(struct report_stream *stream, struct text_state *state)
{
    if (state->drawn)
        fputs("\r\033[K", stream->file);
    state->drawn = false;
}

static void draw_status(struct report_stream *stream, struct text_state *state, const struct result *result)
{
    const char *name = result->name == NULL ? "" : result->name;
    char *shown = text_escaped(name, strlen(name), false);
    bool more = state->done < stream->total && shown != NULL;
    char *line = text_format("[%zu/%zu] %zu passed, %zu failed%s%s", state->done, stream->total,
                             state->passed, state->failed, more ? "  " : "", more ? shown : "");
    wipe_status(stream, state);
    if (line != NULL)
        write_cut(stream->file, line, terminal_width(stream->file) - 1);
    state->drawn = true;
    free(shown);
    free(line);
}

static void write_file_line(struct report_stream *stream, const struct paint *paint,
                            const struct file_progress *file)
{
    char elapsed[TEXT_DURATION_MAX];
    size_t good = file->done - file->failed;
    const char *verdict = file->failed > 0 ? "FAIL" : file->skipped == file->done ? "skip" : "ok";
    const char *colour = file->failed > 0              ? paint->bad
                         : file->skipped == file->done ? paint->skip
                                                       : paint->good;
    fprintf(stream->file, "%s%-4s%s  ", colour, verdict, paint->off);
    text_escape(stream->file, file->file, strlen(file->file), false);
    fprintf(stream->file, " (%zu experiment%s", file->done, file->done == 1 ? "" : "s");
    if (file->failed > 0 && good > 0)
        fprintf(stream->file, ", %zu failed", file->failed);
    if (file->skipped > 0 && file->skipped < file->done)
        fprintf(stream->file, ", %zu skipped", file->skipped);
    if (file->done < file->expected)
        fprintf(stream->file, " of %zu", file->expected);
    if (file->forced > 0)
        fprintf(stream->file, ", %zu with a fault by force", file->forced);
    fprintf(stream->file, ", %s)\n", text_duration(file->elapsed_ns, elapsed));
}

static bool is_failed(const struct result *result)
{
    return result->verdict != VERDICT_PASS && result->verdict != VERDICT_SKIP;
}

static bool is_forced(const struct result *result)
{
    for (size_t i = 0; i < result->rule_count; i++)
        if (result->rules[i].forced > 0)
            return true;
    return false;
}

/* Where an experiment's folder was left: of one that passed nothing else is told. */
static void write_kept(struct report_stream *stream, const struct result *result)
{
    const char *kept = result->notes == NULL ? NULL : strstr(result->notes, "kept: ");
    if (kept == NULL)
        return;
    const char *name = result->name == NULL ? "" : result->name;
    text_escape(stream->file, name, strlen(name), false);
    fputs("\n      ", stream->file);
    text_escape(stream->file, kept, strcspn(kept, "\n"), false);
    fputc('\n', stream->file);
}

static void count_file(struct report_stream *stream, struct text_state *state, const struct result *result)
{
    struct file_progress key = {.file = result->file == NULL ? "" : result->file};
    struct file_progress *file = NULL;
    if (state->files != NULL)
        file = bsearch(&key, state->files, state->file_count, sizeof key, compare_names);
    if (file == NULL)
        return;
    file->done++;
    file->failed += is_failed(result);
    file->skipped += result->verdict == VERDICT_SKIP;
    file->forced += is_forced(result);
    file->elapsed_ns += result->elapsed_ns;
    if (file->done == file->expected)
        write_file_line(stream, state->paint, file);
}

void text_one(struct report_stream *stream, const struct result *result)
{
    struct text_state *state = stream->state;
    if (state == NULL)
        return;
    state->done++;
    state->passed += result->verdict == VERDICT_PASS;
    state->skipped += result->verdict == VERDICT_SKIP;
    state->failed += is_failed(result);
    if (is_failed(result)) {
        wipe_status(stream, state);
        detail_write(stream->file, result, state->paint);
        fputc('\n', stream->file);
    } else if (!stream->quiet) {
        wipe_status(stream, state);
        write_kept(stream, result);
    }
    count_file(stream, state, result);
    if (stream->terminal && !stream->quiet)
        draw_status(stream, state, result);
    fflush(stream->file);
}

/* Files whose line has not been written: all, where nobody said which there are; else those that were not
 * finished. */
static void write_files(struct report_stream *stream, const struct text_state *state,
                        const struct results *results)
{
    const struct result **order = state->files == NULL ? files_order(results) : NULL;
    struct file_sum sum;
    for (size_t at = 0; order != NULL && at < results->count; at += sum.count) {
        sum = files_sum(order, results->count, at);
        struct file_progress file = {sum.file,    sum.count,      sum.count, sum.failures + sum.errors,
                                     sum.skipped, sum.elapsed_ns, 0};
        for (size_t i = at; i < at + sum.count; i++)
            file.forced += is_forced(order[i]);
        write_file_line(stream, state->paint, &file);
    }
    for (size_t i = 0; i < state->file_count; i++)
        if (state->files[i].done > 0 && state->files[i].done < state->files[i].expected)
            write_file_line(stream, state->paint, &state->files[i]);
    free(order);
}

static bool same_reason(const struct result *a, const struct result *b)
{
    return strcmp(a->reason == NULL ? "" : a->reason, b->reason == NULL ? "" : b->reason) == 0;
}

static void write_skipped(struct report_stream *stream, const struct paint *paint,
                          const struct results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct result *result = &results->items[i];
        size_t before = 0, same = 0;
        for (size_t k = 0; k < results->count && result->verdict == VERDICT_SKIP && before == 0; k++)
            if (results->items[k].verdict == VERDICT_SKIP && same_reason(result, &results->items[k]))
                *(k < i ? &before : &same) += 1;
        if (result->verdict != VERDICT_SKIP || before > 0)
            continue;
        fprintf(stream->file, "%sskip%s  %zu experiment%s: ", paint->skip, paint->off, same,
                same == 1 ? "" : "s");
        const char *reason = result->reason == NULL ? "no reason given" : result->reason;
        text_escape(stream->file, reason, strlen(reason), false);
        fputc('\n', stream->file);
    }
}

/* Each failure again, in two lines. With one the eye finds it without. */
static void write_failed(struct report_stream *stream, const struct paint *paint,
                         const struct results *results)
{
    if (results->failed < 2)
        return;
    fprintf(stream->file, "\n%sfailed:%s\n", paint->bad, paint->off);
    for (size_t i = 0; i < results->count; i++) {
        const struct result *result = &results->items[i];
        if (!is_failed(result))
            continue;
        char *summary = detail_summary(result);
        fputs("  ", stream->file);
        detail_place(stream->file, result->file, result->line, 0);
        fputs(": ", stream->file);
        text_escape(stream->file, result->name == NULL ? "" : result->name,
                    result->name == NULL ? 0 : strlen(result->name), false);
        fprintf(stream->file, "\n      %s\n", summary == NULL ? "" : summary);
        free(summary);
    }
}

void text_end(struct report_stream *stream, const struct results *results)
{
    struct text_state *state = stream->state;
    char elapsed[TEXT_DURATION_MAX];
    if (state != NULL) {
        wipe_status(stream, state);
        if (!stream->quiet && !stream->terminal)
            write_files(stream, state, results);
        if (!stream->quiet)
            write_skipped(stream, state->paint, results);
        write_failed(stream, state->paint, results);
        if (!stream->quiet)
            fprintf(stream->file, "\n%zu experiment%s in %s, seed %llu\n", results->count,
                    results->count == 1 ? "" : "s", text_duration(results->elapsed_ns, elapsed),
                    (unsigned long long)results->seed);
        free(state->files);
        free(state);
        stream->state = NULL;
    }
    report_totals(stream->file, results);
}
