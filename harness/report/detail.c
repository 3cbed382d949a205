#include "harness/report/detail.h"
#include "harness/judge/judge.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

static void write_text(FILE *to, const char *text)
{
    if (text != NULL)
        text_escape(to, text, strlen(text), false);
}

/* Several lines, each after the first with `indent` blanks before it. */
static void write_lines(FILE *to, const char *text, int indent)
{
    for (const char *line = text == NULL ? "" : text; line != NULL;) {
        size_t len = strcspn(line, "\n");
        text_escape(to, line, len, false);
        line = line[len] == '\0' ? NULL : line + len + 1;
        if (line != NULL)
            fprintf(to, "\n%*s", indent, "");
    }
    fputc('\n', to);
}

void detail_place(FILE *to, const char *file, int line, int column)
{
    write_text(to, file);
    if (line > 0)
        fprintf(to, ":%d", line);
    if (line > 0 && column > 0)
        fprintf(to, ":%d", column);
}

static void write_heading(FILE *to, const struct result *result, const struct paint *paint)
{
    fprintf(to, "%s%s%s  %s", paint_verdict(paint, result->verdict), verdict_title(result->verdict),
            paint->off, paint->bold);
    write_text(to, result->name);
    fprintf(to, "%s\n      ", paint->off);
    detail_place(to, result->file, result->line, 0);
    fputc('\n', to);
    if (result->reason != NULL) {
        fputs("      ", to);
        write_lines(to, result->reason, 6);
    }
}

static void write_failure(FILE *to, const struct failure *failure, const struct paint *paint)
{
    fputs("\n  ", to);
    if (failure->process != NULL) {
        write_text(to, failure->process);
        fputs(": ", to);
    }
    fputs(paint->bold, to);
    write_text(to, failure->what);
    fprintf(to, "%s%s  ", paint->off, paint->dim);
    detail_place(to, failure->file, failure->line, failure->column);
    fprintf(to, "%s\n      expected  %s", paint->off, paint->good);
    write_lines(to, failure->expected, 16);
    fprintf(to, "%s      got       %s", paint->off, paint->bad);
    write_lines(to, failure->got, 16);
    fputs(paint->off, to);
}

/* The first line of the trace at which rule number i (from 0) fired, or was refused. */
static const struct trace_line *find_injection(const struct result *result, size_t i, bool refused)
{
    char mark[32];
    snprintf(mark, sizeof mark, "(rule %zu)", i + 1);
    for (size_t k = 0; k < result->trace_count; k++) {
        const char *injected = result->trace[k].injected;
        if (injected != NULL && strstr(injected, mark) != NULL &&
            (strncmp(injected, "refused", 7) == 0) == refused)
            return &result->trace[k];
    }
    return NULL;
}

static void write_injection(FILE *to, const struct trace_line *line)
{
    if (line == NULL)
        return;
    fputs("      at        ", to);
    if (line->site != NULL) {
        write_text(to, line->site);
        fputs(": ", to);
    }
    write_text(to, line->text);
    fputs(", ", to);
    write_text(to, line->process);
    if (line->connection > 0)
        fprintf(to, ", connection %u", line->connection);
    fputc('\n', to);
}

static void write_rule(FILE *to, const struct result *result, size_t i, const struct paint *paint)
{
    const struct rule_result *rule = &result->rules[i];
    fprintf(to, "\n  fault %zu: %s", i + 1, paint->bold);
    write_text(to, rule->text);
    fprintf(to, "%s%s  ", paint->off, paint->dim);
    write_text(to, rule->place);
    fprintf(to, "%s\n      fired     ", paint->off);
    if (rule->matched == 0)
        fputs("never: no call matched", to);
    else
        fprintf(to, "%llu of %llu call%s that matched", (unsigned long long)rule->fired,
                (unsigned long long)rule->matched, rule->matched == 1 ? "" : "s");
    fputs(rule->optional ? " (optional)" : "", to);
    if (rule->forced > 0)
        fprintf(to, ", %llu by force: the kernel could not have done it there",
                (unsigned long long)rule->forced);
    fputc('\n', to);
    write_injection(to, find_injection(result, i, false));
    if (rule->refused == 0)
        return;
    fprintf(to, "      refused   %llu: ", (unsigned long long)rule->refused);
    write_lines(to, rule->refused_why == NULL ? "not legal there" : rule->refused_why, 16);
    write_injection(to, find_injection(result, i, true));
}

char *detail_forced(const struct result *result)
{
    char *text = NULL;
    for (size_t i = 0; i < result->rule_count; i++) {
        const struct rule_result *rule = &result->rules[i];
        if (rule->forced == 0)
            continue;
        char *more = text_format("%s%s%s %llu time%s", text == NULL ? "" : text, text == NULL ? "" : "; ",
                                 rule->text == NULL ? "?" : rule->text, (unsigned long long)rule->forced,
                                 rule->forced == 1 ? "" : "s");
        free(text);
        text = more;
    }
    return text;
}

/* What it waited for is told here, unless the heading has told it of everybody. */
static bool tells_waits(const struct result *result)
{
    return result->verdict != VERDICT_HANG && result->verdict != VERDICT_SPIN;
}

static void write_process(FILE *to, const struct process_result *process, int width, bool tell_waits)
{
    char elapsed[TEXT_DURATION_MAX];
    char *ending = judge_ending(process);
    fputs("      ", to);
    detail_padded(to, process->name, width);
    fprintf(to, "  %s", ending == NULL ? "?" : ending);
    if (process->started)
        fprintf(to, " after %s%s", text_duration(process->elapsed_ns, elapsed),
                process->stopped_by_us ? ", told to stop" : "");
    if (process->waiting != NULL && tell_waits) {
        fputs(": ", to);
        write_text(to, process->waiting);
    }
    fputc('\n', to);
    free(ending);
}

static void write_processes(FILE *to, const struct result *result)
{
    int width = 0;
    for (size_t i = 0; i < result->process_count; i++) {
        const char *name = result->processes[i].name;
        int len = name == NULL ? 1 : (int)strnlen(name, 64);
        width = len > width ? len : width;
    }
    if (result->process_count > 0)
        fputs("\n  processes\n", to);
    for (size_t i = 0; i < result->process_count; i++)
        write_process(to, &result->processes[i], width, tells_waits(result));
}

static void write_label(FILE *to, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    fprintf(to, "  %-5s ", label);
    write_lines(to, text, 8);
}

/* Of faults there is nothing to tell where no program was there to meet them. */
static bool any_started(const struct result *result)
{
    for (size_t i = 0; i < result->process_count; i++)
        if (result->processes[i].started)
            return true;
    return result->process_count == 0;
}

void detail_write(FILE *to, const struct result *result, const struct paint *paint)
{
    write_heading(to, result, paint);
    for (size_t i = 0; i < result->failure_count; i++)
        write_failure(to, &result->failures[i], paint);
    for (size_t i = 0; i < result->rule_count && any_started(result); i++)
        write_rule(to, result, i, paint);
    write_processes(to, result);
    trace_write(to, result, paint);
    streams_write(to, result);
    fputc('\n', to);
    write_label(to, "note", result->notes);
    fprintf(to, "  seed  %llu\n", (unsigned long long)result->seed);
    write_label(to, "again", result->repeat);
}

char *detail_text(const struct result *result)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    detail_write(to, result, &paint_plain);
    fclose(to);
    return text;
}

static void write_first_line(FILE *to, const char *text)
{
    if (text != NULL)
        text_escape(to, text, strcspn(text, "\n"), false);
}

/* Several lines as one. */
static void write_joined(FILE *to, const char *text)
{
    for (const char *line = text; line != NULL;) {
        size_t len = strcspn(line, "\n");
        text_escape(to, line, len, false);
        line = line[len] == '\0' ? NULL : line + len + 1;
        fputs(line != NULL ? "; " : "", to);
    }
}

char *detail_summary(const struct result *result)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    const struct failure *first = result->failure_count > 0 ? &result->failures[0] : NULL;
    if (result->reason != NULL)
        write_joined(to, result->reason);
    else if (first != NULL) {
        write_first_line(to, first->process);
        fputs(first->process != NULL ? ": " : "", to);
        write_first_line(to, first->what);
        fputs(": expected ", to);
        write_first_line(to, first->expected);
        fputs(", got ", to);
        write_first_line(to, first->got);
        if (result->failure_count > 1)
            fprintf(to, " (and %zu more)", result->failure_count - 1);
    }
    fclose(to);
    return text;
}
