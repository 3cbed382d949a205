#include "harness/phrase.h"
#include "harness/sweep/report/coverage_report.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

const char *coverage_path(const struct coverage_file *file, const char *root)
{
    size_t len = strlen(root);
    bool below = strncmp(file->path, root, len) == 0 && file->path[len] == '/';
    return below ? file->path + len + 1 : file->path;
}

enum coverage_change coverage_change_of(unsigned char by)
{
    if (by & COVERAGE_BEFORE)
        return COVERAGE_REACHED;
    return by != 0 ? COVERAGE_ADDED : COVERAGE_NEVER;
}

static void append_range(char **text, int first, int last)
{
    if (first == last)
        phrase_append(text, ",", "%d", first);
    else
        phrase_append(text, ",", "%d-%d", first, last);
}

char *coverage_lines_text(const struct coverage_file *file, enum coverage_change change)
{
    char *text = NULL;
    for (size_t i = 0; i < file->count; i++) {
        size_t end = i;
        while (end < file->count && coverage_change_of(file->lines[end].by) == change)
            end++;
        if (end == i)
            continue;
        append_range(&text, file->lines[i].number, file->lines[end - 1].number);
        i = end;
    }
    return text;
}

char *coverage_branches_text(const struct coverage_file *file, enum coverage_change change)
{
    char *text = NULL;
    for (size_t i = 0; i < file->count; i++) {
        const struct coverage_line *line = &file->lines[i];
        size_t count = 0;
        for (size_t k = 0; line->by != 0 && k < line->branch_count; k++)
            count += coverage_change_of(line->branches[k]) == change;
        if (count > 0)
            phrase_append(&text, ", ", "%d (%zu of %zu)", line->number, count, line->branch_count);
    }
    return text;
}

static double share(size_t part, size_t all)
{
    return all == 0 ? 100.0 : 100.0 * (double)part / (double)all;
}

/* "81.0%   97.3%  72/74", or "-" where there is none. */
static void write_share(FILE *to, size_t before, size_t after, size_t all)
{
    if (all == 0)
        fprintf(to, "  %6s  %6s  %9s", "-", "-", "");
    else
        fprintf(to, "  %5.1f%%  %5.1f%%  %4zu/%-4zu", share(before, all), share(after, all), after, all);
}

static void write_sum(FILE *to, const char *name, const struct coverage_sum *sum)
{
    char *escaped = text_escaped(name, strlen(name), false);
    fprintf(to, "  %-36s", escaped == NULL ? "?" : escaped);
    write_share(to, sum->lines_before, sum->lines_after, sum->lines);
    write_share(to, sum->branches_before, sum->branches_after, sum->branches);
    fputc('\n', to);
    free(escaped);
}

static void write_list(FILE *to, const struct coverage *coverage, const char *root, const char *heading,
                       enum coverage_change change, bool branches)
{
    bool any = false;
    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_file *file = &coverage->files[i];
        const char *path = coverage_path(file, root);
        char *text = branches ? coverage_branches_text(file, change) : coverage_lines_text(file, change);
        if (text != NULL) {
            fprintf(to, "%s%s    ", any ? "" : heading, any ? "" : "\n");
            text_escape(to, path, strlen(path), false);
            fprintf(to, ": %s\n", text);
            any = true;
        }
        free(text);
    }
}

void coverage_text_write(FILE *to, const struct coverage *coverage, const char *root)
{
    struct coverage_sum all = {0};
    fprintf(to, "  %-36s  %-25s  %-25s\n  %-36s  before   after             before   after\n", "coverage",
            "lines", "branches", "");
    for (size_t i = 0; i < coverage->count; i++) {
        struct coverage_sum sum = {0};
        coverage_sum_add(&sum, &coverage->files[i]);
        coverage_sum_add(&all, &coverage->files[i]);
        write_sum(to, coverage_path(&coverage->files[i], root), &sum);
    }
    write_sum(to, "in sum", &all);
    write_list(to, coverage, root, "  lines that the sweep added", COVERAGE_ADDED, false);
    write_list(to, coverage, root, "  branches that the sweep added", COVERAGE_ADDED, true);
    write_list(to, coverage, root, "  lines not reached", COVERAGE_NEVER, false);
    write_list(to, coverage, root, "  branches not reached, of lines that were", COVERAGE_NEVER, true);
    for (const char *line = coverage->warnings; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        fputs("warning: ", to);
        text_escape(to, line, len, false);
        fputc('\n', to);
        line += len + (line[len] == '\n');
    }
    fputc('\n', to);
}
