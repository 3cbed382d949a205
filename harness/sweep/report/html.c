#include "harness/sweep/report/html.h"
#include "harness/sweep/report/html_parts.h"
#include "harness/sweep/report/reasons.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

static void put(FILE *to, char c)
{
    static const char special[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const char *found = c == '\0' ? NULL : strchr(special, c);
    if (found == NULL)
        fputc(c, to);
    else
        fputs(names[found - special], to);
}

static void put_bytes(FILE *to, const char *bytes, size_t len)
{
    char *escaped = text_escaped(bytes, len, false);
    for (const char *c = escaped == NULL ? "?" : escaped; *c != '\0'; c++)
        put(to, *c);
    free(escaped);
}

void html_text(FILE *to, const char *text)
{
    if (text != NULL)
        put_bytes(to, text, strlen(text));
}

void html_lines(FILE *to, const char *text)
{
    for (const char *line = text; line != NULL;) {
        size_t len = strcspn(line, "\n");
        put_bytes(to, line, len);
        line = line[len] == '\0' ? NULL : line + len + 1;
        if (line != NULL)
            fputs("<br>\n", to);
    }
}

void html_begin(FILE *to, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
          to);
    html_text(to, title);
    fprintf(to, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", html_style);
    html_text(to, title);
    fputs("</h1>\n", to);
}

static void write_warnings(FILE *to, const struct sweep *sweep)
{
    if (sweep->warnings == NULL)
        return;
    fputs("<h3>Warnings</h3>\n<p class=\"unreached\">", to);
    html_lines(to, sweep->warnings);
    fputs("</p>\n", to);
}

static bool is_listed(const struct sweep *sweep, size_t trial, enum sweep_class class)
{
    return sweep->tried[trial].done && sweep_class_of(sweep, trial) == class;
}

static void write_trial(FILE *to, const struct sweep *sweep, size_t trial)
{
    fputs("<li><code>", to);
    html_text(to, sweep->plan.trials[trial].rule);
    fputs("</code> ", to);
    html_text(to, sweep->plan.trials[trial].call->site);
    if (sweep->tried[trial].seen.words != NULL) {
        fputs(": ", to);
        html_lines(to, sweep->tried[trial].seen.words);
    }
    fputs("</li>\n", to);
}

static void write_class(FILE *to, const struct sweep *sweep, enum sweep_class class, const char *heading)
{
    bool any = false;
    for (size_t i = 0; i < sweep->plan.count; i++) {
        if (!is_listed(sweep, i, class))
            continue;
        if (!any)
            fprintf(to, "<h3>%s</h3>\n<ul>\n", heading);
        any = true;
        write_trial(to, sweep, i);
    }
    if (any)
        fputs("</ul>\n", to);
}

static void write_once(FILE *to, const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->plan.count; i++)
        if (sweep->tried[i].steadiness == SWEEP_ONCE) {
            fprintf(to, "<p>Seen once, and not in %d more runs: %s, <code>", SWEEP_CONFIRMATIONS,
                    sweep_outcome_name(sweep->tried[i].seen.outcome));
            html_text(to, sweep->plan.trials[i].rule);
            fputs("</code></p>\n", to);
        }
}

static void write_refusals(FILE *to, const struct sweep *sweep)
{
    size_t count;
    struct sweep_reason *reasons = sweep_reasons_find(sweep, &count);
    if (reasons != NULL && count > 0)
        fputs("<h3>Refused</h3>\n<table>\n<tr><th>times</th><th>why it was not legal there</th></tr>\n", to);
    for (size_t i = 0; reasons != NULL && i < count; i++) {
        fprintf(to, "<tr><td class=\"number\">%zu</td><td>", reasons[i].count);
        html_text(to, reasons[i].why);
        fputs("</td></tr>\n", to);
    }
    if (reasons != NULL && count > 0)
        fputs("</table>\n", to);
    free(reasons);
}

static void write_sum(FILE *to, const struct sweep_sum *sum, int64_t elapsed_ns)
{
    char elapsed[TEXT_DURATION_MAX];
    fputs("<p><b>", to);
    sweep_sum_write(to, sum);
    fprintf(to, "</b> in %s</p>\n", text_duration(elapsed_ns, elapsed));
}

void html_sweep(FILE *to, const struct sweep *sweep, struct sweep_programs *programs, const char *replay)
{
    struct sweep_sum sum = {0};
    sweep_sum_add(&sum, sweep);
    fputs("<h2>", to);
    html_text(to, sweep->subject.scenario->name);
    fputs("</h2>\n<p class=\"dim mono\">", to);
    html_text(to, sweep->subject.scenario->file);
    if (sweep->subject.under != NULL) {
        fputs("<br>under ", to);
        html_text(to, sweep->subject.under);
    }
    fputs("</p>\n", to);
    write_sum(to, &sum, sweep->elapsed_ns);
    write_warnings(to, sweep);
    html_defects(to, sweep, programs, replay);
    html_table(to, sweep, programs);
    write_class(to, sweep, SWEEP_CLASS_TROUBLE, "Could not be looked at");
    write_once(to, sweep);
    write_class(to, sweep, SWEEP_CLASS_NOT_FIRED, "Not fired");
    write_refusals(to, sweep);
}

void html_end(FILE *to, const struct sweep_sum *sum)
{
    fputs("<h2>In sum</h2>\n<p><b>", to);
    sweep_sum_write(to, sum);
    fputs("</b></p>\n</body>\n</html>\n", to);
}
