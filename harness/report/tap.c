/* Test Anything Protocol, version 14 (testanything.org). Strings in the diagnostics are YAML 1.2,
 * double-quoted. */
#include "harness/report/detail.h"
#include "harness/report/formats.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

/* What stands after the number: one line, with # and backslash escaped, as the specification wants it. */
static void write_description(FILE *to, const char *text)
{
    char *shown = text_escaped(text, strlen(text), false);
    for (const char *byte = shown == NULL ? "" : shown; *byte != '\0'; byte++) {
        if (*byte == '#' || *byte == '\\')
            fputc('\\', to);
        fputc(*byte, to);
    }
    free(shown);
}

/* YAML knows \xNN as a code point, not as a byte: what is not UTF-8 becomes U+FFFD. */
static void write_rune(FILE *to, const char *bytes, size_t step, int32_t rune)
{
    if (rune < 0)
        fputs("\\uFFFD", to);
    else if (rune == '"' || rune == '\\')
        fprintf(to, "\\%c", (int)rune);
    else if (rune == '\n')
        fputs("\\n", to);
    else if (rune == '\t')
        fputs("\\t", to);
    else if (text_printable(rune))
        fwrite(bytes, 1, step, to);
    else if (rune < 0x10000)
        fprintf(to, "\\u%04X", (unsigned int)rune);
    else
        fprintf(to, "\\U%08X", (unsigned int)rune);
}

static void write_string(FILE *to, const char *indent, const char *key, const char *text)
{
    if (text == NULL)
        return;
    fprintf(to, "%s%s: \"", indent, key);
    size_t len = strlen(text);
    for (size_t at = 0, step; at < len; at += step) {
        int32_t rune = text_rune(text + at, len - at, &step);
        write_rune(to, text + at, step, rune);
    }
    fputs("\"\n", to);
}

static void write_number(FILE *to, const char *indent, const char *key, unsigned long long number)
{
    fprintf(to, "%s%s: %llu\n", indent, key, number);
}

static void write_failures(FILE *to, const struct result *result)
{
    if (result->failure_count > 0)
        fputs("  failures:\n", to);
    for (size_t i = 0; i < result->failure_count; i++) {
        const struct failure *failure = &result->failures[i];
        write_string(to, "    - ", "what", failure->what == NULL ? "" : failure->what);
        write_string(to, "      ", "process", failure->process);
        write_string(to, "      ", "expected", failure->expected);
        write_string(to, "      ", "got", failure->got);
        write_string(to, "      ", "file", failure->file);
        if (failure->line > 0)
            write_number(to, "      ", "line", (unsigned long long)failure->line);
        if (failure->column > 0)
            write_number(to, "      ", "column", (unsigned long long)failure->column);
    }
}

static void write_rules(FILE *to, const struct result *result)
{
    if (result->rule_count > 0)
        fputs("  faults:\n", to);
    for (size_t i = 0; i < result->rule_count; i++) {
        const struct rule_result *rule = &result->rules[i];
        write_string(to, "    - ", "rule", rule->text == NULL ? "" : rule->text);
        write_string(to, "      ", "place", rule->place);
        write_number(to, "      ", "matched", rule->matched);
        write_number(to, "      ", "fired", rule->fired);
        write_number(to, "      ", "refused", rule->refused);
        write_string(to, "      ", "why", rule->refused_why);
    }
}

/*
 * The text for people as a block: it holds nothing that a block may not hold. Without its empty lines, though
 * YAML has them: readers that know only a part of it (prove's) stumble there.
 */
static void write_detail(FILE *to, const struct result *result)
{
    char *text = detail_text(result);
    fputs("  detail: |\n", to);
    for (const char *line = text; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (len > 0)
            fprintf(to, "    %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
    free(text);
}

static void write_diagnostics(FILE *to, const struct result *result)
{
    char *summary = detail_summary(result);
    fputs("  ---\n", to);
    write_string(to, "  ", "message", summary);
    write_string(to, "  ", "severity", verdict_name(result->verdict));
    fputs("  at:\n", to);
    write_string(to, "    ", "file", result->file == NULL ? "" : result->file);
    if (result->line > 0)
        write_number(to, "    ", "line", (unsigned long long)result->line);
    write_failures(to, result);
    write_rules(to, result);
    write_number(to, "  ", "seed", result->seed);
    write_number(to, "  ", "duration_ms",
                 (unsigned long long)(result->elapsed_ns > 0 ? result->elapsed_ns / 1000000 : 0));
    write_string(to, "  ", "repeat", result->repeat);
    write_string(to, "  ", "notes", result->notes);
    write_detail(to, result);
    fputs("  ...\n", to);
    free(summary);
}

/* A comment, so that it is told of what passed as well. */
static void write_forced(FILE *to, const struct result *result)
{
    char *forced = detail_forced(result);
    if (forced != NULL) {
        fputs("# by force: ", to);
        write_description(to, forced);
        fputc('\n', to);
    }
    free(forced);
}

static void write_test(FILE *to, size_t number, const struct result *result)
{
    bool good = result->verdict == VERDICT_PASS || result->verdict == VERDICT_SKIP;
    fprintf(to, "%sok %zu - ", good ? "" : "not ", number);
    write_description(to, result->name == NULL ? "" : result->name);
    if (result->verdict == VERDICT_SKIP) {
        fputs(" # SKIP ", to);
        write_description(to, result->reason == NULL ? "" : result->reason);
    }
    fputc('\n', to);
    write_forced(to, result);
    if (!good)
        write_diagnostics(to, result);
}

void tap_end(struct report_stream *stream, const struct results *results)
{
    fputs("TAP version 14\n", stream->file);
    if (results->count == 0)
        fputs("1..0 # SKIP no experiments\n", stream->file);
    else
        fprintf(stream->file, "1..%zu\n", results->count);
    for (size_t i = 0; i < results->count; i++)
        write_test(stream->file, i + 1, &results->items[i]);
}
