#include "harness/report/report.h"
#include "harness/report/formats.h"

#include <string.h>

/* A new format: a row here, its functions in a file of its own. */
static const struct report_format formats[] = {
    {"text", "for people: failures in full, a line a file, progress on a terminal", text_begin, text_one,
     text_end},
    {"tap", "Test Anything Protocol, version 14, with YAML diagnostics", NULL, NULL, tap_end},
    {"junit", "JUnit XML, a test suite a file, as CI services read it", NULL, NULL, junit_end},
    {"json", "everything there is, for programs", NULL, NULL, json_end},
};

const struct report_format *report_at(size_t i)
{
    return i < sizeof formats / sizeof *formats ? &formats[i] : NULL;
}

const struct report_format *report_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

void report_totals(FILE *file, const struct results *results)
{
    fprintf(file, "%llu passed, %llu failed", (unsigned long long)results->passed,
            (unsigned long long)results->failed);
    if (results->skipped > 0)
        fprintf(file, ", %llu skipped", (unsigned long long)results->skipped);
    fputc('\n', file);
}
