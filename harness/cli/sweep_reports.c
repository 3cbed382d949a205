#include "harness/cli/sweep_reports.h"
#include "harness/sweep/report/coverage_report.h"
#include "harness/sweep/report/html.h"
#include "harness/text.h"
#include "harness/version.h"

#include <stdlib.h>
#include <string.h>

/* What there is to tell of one sweep, and of all in the end. */
struct told {
    const struct sweep_reports *reports;
    const struct sweep *sweep;
    struct sweep_programs *programs;
    const struct coverage *coverage; /* NULL: nothing was counted */
    const char *sources;
    const char *trouble; /* NULL: none */
};

static void text_one(const struct output *output, const struct told *told)
{
    sweep_text_write(output->file, output_is_terminal(output) ? &paint_colour : &paint_plain, told->sweep,
                     told->programs, told->reports->replay);
    fflush(output->file);
}

static void text_end(const struct output *output, const struct told *told)
{
    if (told->reports->told == 0 && told->trouble != NULL)
        return;                    /* which is said on standard error */
    if (told->reports->told > 1) { /* each has told its own */
        sweep_sum_write(output->file, &told->reports->sum);
        fputs("\n\n", output->file);
    }
    if (told->coverage != NULL)
        coverage_text_write(output->file, told->coverage, told->sources);
    sweep_totals_write(output->file, &told->reports->sum);
}

static void json_end(const struct output *output, const struct told *told)
{
    const size_t *classes = told->reports->sum.classes;
    json_t *document = json_object();
    json_object_set_new(document, "sockfault", json_string(SOCKFAULT_VERSION));
    json_object_set(document, "sweeps", told->reports->sweeps);
    json_object_set_new(document, "passed", json_integer((json_int_t)classes[SWEEP_CLASS_SURVIVED]));
    json_object_set_new(document, "failed", json_integer((json_int_t)classes[SWEEP_CLASS_DEFECT]));
    char *trouble = told->trouble == NULL ? NULL : text_utf8(told->trouble, strlen(told->trouble), NULL);
    if (trouble != NULL)
        json_object_set_new(document, "error", json_string(trouble));
    free(trouble);
    if (told->coverage != NULL)
        json_object_set_new(document, "coverage", coverage_json(told->coverage, told->sources));
    json_dumpf(document, output->file, JSON_INDENT(2));
    fputc('\n', output->file);
    json_decref(document);
}

static void html_start(const struct output *output)
{
    html_begin(output->file, "Sockfault sweep");
}

static void html_one(const struct output *output, const struct told *told)
{
    html_sweep(output->file, told->sweep, told->programs, told->reports->replay);
}

static void html_finish(const struct output *output, const struct told *told)
{
    if (told->coverage != NULL)
        coverage_html_write(output->file, told->coverage, told->sources);
    html_end(output->file, &told->reports->sum);
}

/* A new format: a row here, its functions in harness/sweep/report. The first is there if no other is. */
enum { TEXT };
static const struct {
    const char *name;
    void (*begin)(const struct output *output);
    void (*one)(const struct output *output, const struct told *told);
    void (*end)(const struct output *output, const struct told *told);
} formats[] = {
    [TEXT] = {"text", NULL, text_one, text_end},
    {"json", NULL, NULL, json_end},
    {"html", html_start, html_one, html_finish},
};
enum { FORMATS = sizeof formats / sizeof *formats };

const char *sweep_report_name(size_t i)
{
    return i < FORMATS ? formats[i].name : NULL;
}

bool sweep_reports_begin(struct sweep_reports *reports, struct diag *diag)
{
    if (!outputs_open(&reports->outputs, diag))
        return false;
    reports->sweeps = json_array();
    for (size_t i = 0; i < reports->outputs.count; i++) {
        const struct output *output = &reports->outputs.items[i];
        if (formats[output->format].begin != NULL)
            formats[output->format].begin(output);
    }
    return true;
}

void sweep_reports_one(struct sweep_reports *reports, const struct sweep *sweep,
                       struct sweep_programs *programs)
{
    struct told told = {.reports = reports, .sweep = sweep, .programs = programs};
    reports->told++;
    sweep_sum_add(&reports->sum, sweep);
    json_array_append_new(reports->sweeps, sweep_json(sweep));
    for (size_t i = 0; i < reports->outputs.count; i++) {
        const struct output *output = &reports->outputs.items[i];
        if (formats[output->format].one != NULL)
            formats[output->format].one(output, &told);
    }
}

void sweep_reports_end(const struct sweep_reports *reports, const struct coverage *coverage,
                       const char *sources, const char *trouble)
{
    struct told told = {.reports = reports, .coverage = coverage, .sources = sources, .trouble = trouble};
    for (size_t i = 0; i < reports->outputs.count; i++) {
        const struct output *output = &reports->outputs.items[i];
        formats[output->format].end(output, &told);
    }
    if (!outputs_show(&reports->outputs, TEXT) && (reports->told > 0 || trouble == NULL))
        sweep_totals_write(stderr, &reports->sum);
}

bool sweep_reports_close(struct sweep_reports *reports, struct diag *diag)
{
    json_decref(reports->sweeps);
    reports->sweeps = NULL;
    return outputs_close(&reports->outputs, diag);
}
