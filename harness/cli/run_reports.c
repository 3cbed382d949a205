#include "harness/cli/run_reports.h"

/* Of those in report_at, the one that closes with the totals itself, and is there if no other is. */
enum { TEXT };

const char *run_report_name(size_t i)
{
    const struct report_format *format = report_at(i);
    return format == NULL ? NULL : format->name;
}

static const struct report_format *format_of(const struct run_reports *reports, size_t i)
{
    return report_at(reports->outputs.items[i].format);
}

bool run_reports_begin(struct run_reports *reports, const char *const *files, size_t total, bool quiet,
                       struct diag *diag)
{
    if (!outputs_open(&reports->outputs, diag))
        return false;
    for (size_t i = 0; i < reports->outputs.count; i++) {
        const struct output *output = &reports->outputs.items[i];
        reports->streams[i] = (struct report_stream){.file = output->file,
                                                     .terminal = output_is_terminal(output),
                                                     .quiet = quiet,
                                                     .total = total,
                                                     .files = files};
        if (format_of(reports, i)->begin != NULL)
            format_of(reports, i)->begin(&reports->streams[i]);
    }
    return true;
}

void run_reports_one(struct run_reports *reports, const struct result *result)
{
    for (size_t i = 0; i < reports->outputs.count; i++)
        if (format_of(reports, i)->one != NULL)
            format_of(reports, i)->one(&reports->streams[i], result);
}

bool run_reports_end(struct run_reports *reports, const struct results *results, struct diag *diag)
{
    for (size_t i = 0; i < reports->outputs.count; i++)
        format_of(reports, i)->end(&reports->streams[i], results);
    bool written = outputs_close(&reports->outputs, diag);
    if (!outputs_show(&reports->outputs, TEXT))
        report_totals(stderr, results);
    return written;
}
