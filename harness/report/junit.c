/*
 * JUnit XML as Jenkins, GitLab and GitHub's actions read it: a testsuite a scenario file, a testcase an
 * experiment. Fail and timeout are <failure>, void and error are <error>. libxml2 escapes what has a meaning;
 * what XML 1.0 has no place for at all (most control characters, U+FFFE, bytes that are not UTF-8) is written
 * as \xNN before.
 */
#include "harness/report/detail.h"
#include "harness/report/files.h"
#include "harness/report/formats.h"
#include "harness/text.h"
#include "harness/version.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

/* Production [2] of XML 1.0. text_rune has sorted out surrogates and all past U+10FFFF. */
static bool xml_char(int32_t rune)
{
    return rune == '\t' || rune == '\n' || rune == '\r' || (rune >= 0x20 && rune != 0xfffe && rune != 0xffff);
}

static void clean_into(FILE *to, const char *bytes, size_t len)
{
    for (size_t at = 0, step; at < len; at += step) {
        int32_t rune = text_rune(bytes + at, len - at, &step);
        if (xml_char(rune))
            fwrite(bytes + at, 1, step, to);
        else
            for (size_t i = 0; i < step; i++)
                fprintf(to, "\\x%02x", (unsigned char)bytes[at + i]);
    }
}

static char *cleaned(const char *bytes, size_t len)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    clean_into(to, bytes, len);
    fclose(to);
    return text;
}

static void attribute(xmlTextWriter *xml, const char *name, const char *value)
{
    char *text = value == NULL ? NULL : cleaned(value, strlen(value));
    xmlTextWriterWriteAttribute(xml, BAD_CAST name, BAD_CAST(text == NULL ? "" : text));
    free(text);
}

static void number(xmlTextWriter *xml, const char *name, uint64_t value)
{
    xmlTextWriterWriteFormatAttribute(xml, BAD_CAST name, "%llu", (unsigned long long)value);
}

/* Seconds; not by %f, whose point may be a comma elsewhere. */
static void seconds(xmlTextWriter *xml, const char *name, int64_t ns)
{
    long long ms = ns < 0 ? 0 : ns / 1000000;
    xmlTextWriterWriteFormatAttribute(xml, BAD_CAST name, "%lld.%03lld", ms / 1000, ms % 1000);
}

static void content(xmlTextWriter *xml, const char *bytes, size_t len)
{
    char *text = cleaned(bytes, len);
    if (text != NULL)
        xmlTextWriterWriteString(xml, BAD_CAST text);
    free(text);
}

/* "scenarios/stream/short.yaml" -> "scenarios.stream.short": what readers make a tree of. */
static void class_name(xmlTextWriter *xml, const char *file)
{
    char *name = strdup(file == NULL ? "" : file);
    if (name == NULL)
        return;
    size_t len = strlen(name);
    if (len > 5 && strcmp(name + len - 5, ".yaml") == 0)
        name[len - 5] = '\0';
    for (char *c = name; *c != '\0'; c++)
        if (*c == '/')
            *c = '.';
    attribute(xml, "classname", name + strspn(name, "."));
    free(name);
}

static void outcome(xmlTextWriter *xml, const struct result *result)
{
    bool error = verdict_class(result->verdict) == VERDICT_TROUBLE;
    char *summary = detail_summary(result), *detail = detail_text(result);
    xmlTextWriterStartElement(xml, BAD_CAST(error ? "error" : "failure"));
    attribute(xml, "message", summary);
    attribute(xml, "type", verdict_name(result->verdict));
    if (detail != NULL)
        content(xml, detail, strlen(detail));
    xmlTextWriterEndElement(xml);
    free(summary);
    free(detail);
}

/* Everything the processes wrote to one of the streams, each under its name. */
static void output(xmlTextWriter *xml, const struct result *result, const char *element, bool err)
{
    bool open = false;
    for (size_t i = 0; i < result->process_count; i++) {
        const struct process_result *process = &result->processes[i];
        const char *text = err ? process->err : process->out;
        size_t len = err ? process->err_len : process->out_len;
        if (text == NULL || len == 0)
            continue;
        if (!open)
            xmlTextWriterStartElement(xml, BAD_CAST element);
        open = true;
        content(xml, "--- ", 4);
        content(xml, process->name == NULL ? "?" : process->name,
                process->name == NULL ? 1 : strlen(process->name));
        content(xml, " ---\n", 5);
        content(xml, text, len);
        content(xml, "\n", text[len - 1] != '\n');
    }
    if (open)
        xmlTextWriterEndElement(xml);
}

static void property(xmlTextWriter *xml, const char *name, const char *value)
{
    xmlTextWriterStartElement(xml, BAD_CAST "property");
    attribute(xml, "name", name);
    attribute(xml, "value", value);
    xmlTextWriterEndElement(xml);
}

/* A property of the experiment, whatever came of it. */
static void forced(xmlTextWriter *xml, const struct result *result)
{
    char *text = detail_forced(result);
    if (text != NULL) {
        xmlTextWriterStartElement(xml, BAD_CAST "properties");
        property(xml, "forced", text);
        xmlTextWriterEndElement(xml);
    }
    free(text);
}

static void test_case(xmlTextWriter *xml, const struct result *result)
{
    xmlTextWriterStartElement(xml, BAD_CAST "testcase");
    attribute(xml, "name", result->name);
    class_name(xml, result->file);
    attribute(xml, "file", result->file);
    if (result->line > 0)
        number(xml, "line", (uint64_t)result->line);
    seconds(xml, "time", result->elapsed_ns);
    forced(xml, result);
    if (result->verdict == VERDICT_SKIP) {
        xmlTextWriterStartElement(xml, BAD_CAST "skipped");
        attribute(xml, "message", result->reason);
        xmlTextWriterEndElement(xml);
    } else if (result->verdict != VERDICT_PASS) {
        outcome(xml, result);
        output(xml, result, "system-out", false);
        output(xml, result, "system-err", true);
    }
    xmlTextWriterEndElement(xml);
}

static void suite(xmlTextWriter *xml, const struct result *const *order, const struct file_sum *sum,
                  uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    xmlTextWriterStartElement(xml, BAD_CAST "testsuite");
    attribute(xml, "name", sum->file);
    number(xml, "tests", sum->count);
    number(xml, "failures", sum->failures);
    number(xml, "errors", sum->errors);
    number(xml, "skipped", sum->skipped);
    seconds(xml, "time", sum->elapsed_ns);
    xmlTextWriterStartElement(xml, BAD_CAST "properties");
    property(xml, "sockfault", SOCKFAULT_VERSION);
    property(xml, "seed", text);
    xmlTextWriterEndElement(xml);
    for (size_t i = sum->first; i < sum->first + sum->count; i++)
        test_case(xml, order[i]);
    xmlTextWriterEndElement(xml);
}

static void document(xmlTextWriter *xml, const struct results *results)
{
    const struct result **order = files_order(results);
    size_t count = order == NULL ? 0 : results->count, failures = 0, errors = 0;
    struct file_sum sum;
    for (size_t at = 0; at < count; at += sum.count) {
        sum = files_sum(order, count, at);
        failures += sum.failures;
        errors += sum.errors;
    }
    xmlTextWriterStartDocument(xml, "1.0", "UTF-8", NULL);
    xmlTextWriterStartElement(xml, BAD_CAST "testsuites");
    attribute(xml, "name", "sockfault");
    number(xml, "tests", results->count);
    number(xml, "failures", failures);
    number(xml, "errors", errors);
    number(xml, "skipped", results->skipped);
    seconds(xml, "time", results->elapsed_ns);
    for (size_t at = 0; at < count; at += sum.count) {
        sum = files_sum(order, count, at);
        suite(xml, order, &sum, results->seed);
    }
    xmlTextWriterEndDocument(xml);
    free(order);
}

void junit_end(struct report_stream *stream, const struct results *results)
{
    /* Closing it flushes the file and leaves it open. */
    xmlOutputBuffer *to = xmlOutputBufferCreateFile(stream->file, NULL);
    xmlTextWriter *xml = to == NULL ? NULL : xmlNewTextWriter(to);
    if (xml == NULL) {
        if (to != NULL)
            xmlOutputBufferClose(to);
        return;
    }
    xmlTextWriterSetIndent(xml, 1);
    document(xml, results);
    xmlFreeTextWriter(xml);
}
