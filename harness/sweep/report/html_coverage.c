/* Coverage: a row a file, and of each file the lines that the sweep added or that nobody reached. */
#include "harness/sweep/report/coverage_report.h"
#include "harness/sweep/report/html_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { AROUND = 2 };

static void write_share(FILE *to, size_t part, size_t all)
{
    if (all == 0)
        fputs("<td class=\"number\">-</td>", to);
    else
        fprintf(to, "<td class=\"number\">%.1f%%</td>", 100.0 * (double)part / (double)all);
}

static void write_row(FILE *to, const char *name, const struct coverage_sum *sum)
{
    fputs("<tr><th scope=\"row\">", to);
    html_text(to, name);
    fputs("</th>", to);
    write_share(to, sum->lines_before, sum->lines);
    write_share(to, sum->lines_after, sum->lines);
    fprintf(to, "<td class=\"number\">%zu/%zu</td>", sum->lines_after, sum->lines);
    write_share(to, sum->branches_before, sum->branches);
    write_share(to, sum->branches_after, sum->branches);
    fprintf(to, "<td class=\"number\">%zu/%zu</td></tr>\n", sum->branches_after, sum->branches);
}

static size_t ways(const struct coverage_line *line, enum coverage_change change)
{
    size_t count = 0;
    for (size_t i = 0; i < line->branch_count; i++)
        count += coverage_change_of(line->branches[i]) == change;
    return count;
}

/* Whether there is something to say of it. */
static bool is_telling(const struct coverage_line *line)
{
    return coverage_change_of(line->by) != COVERAGE_REACHED ||
           ways(line, COVERAGE_REACHED) < line->branch_count;
}

/* Whether a telling line is near; `at` is the first line that is not far before it. */
static bool is_near(const struct coverage_file *file, int number, size_t *at)
{
    while (*at < file->count && file->lines[*at].number < number - AROUND)
        ++*at;
    for (size_t i = *at; i < file->count && file->lines[i].number <= number + AROUND; i++)
        if (is_telling(&file->lines[i]))
            return true;
    return false;
}

static const struct coverage_line *line_of(const struct coverage_file *file, int number, size_t at)
{
    for (; at < file->count && file->lines[at].number <= number; at++)
        if (file->lines[at].number == number)
            return &file->lines[at];
    return NULL;
}

static void write_mark(FILE *to, const struct coverage_line *line)
{
    static const char *const classes[] = {"", "survived", "failed"};
    static const char *const signs[] = {" ", "+", "-"};
    enum coverage_change change = line == NULL ? COVERAGE_REACHED : coverage_change_of(line->by);
    size_t added = line == NULL ? 0 : ways(line, COVERAGE_ADDED);
    size_t never = line == NULL || line->by == 0 ? 0 : ways(line, COVERAGE_NEVER);
    char text[64] = "";
    if (change == COVERAGE_REACHED && never > 0)
        snprintf(text, sizeof text, "%zu of %zu ways not", never, line->branch_count);
    else if (never > 0)
        snprintf(text, sizeof text, "%zu of %zu not", never, line->branch_count);
    else if (change == COVERAGE_REACHED && added > 0)
        snprintf(text, sizeof text, "+%zu of %zu ways", added, line->branch_count);
    const char *class = classes[change];
    if (change == COVERAGE_REACHED && (never > 0 || added > 0))
        class = never > 0 ? "unreached" : "survived";
    fprintf(to, "<span class=\"%s\">%s %-18s", class, signs[change], text);
}

static void write_lines(FILE *to, const struct coverage_file *file, FILE *from)
{
    char *text = NULL;
    size_t room = 0, at = 0;
    int number = 0, last = 0;
    for (ssize_t len; (len = getline(&text, &room, from)) >= 0;) {
        if (!is_near(file, ++number, &at))
            continue;
        if (last > 0 && number > last + 1)
            fputs("\n", to);
        last = number;
        text[strcspn(text, "\r\n")] = '\0';
        for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;)
            *tab = ' ';
        write_mark(to, line_of(file, number, at));
        fprintf(to, " %5d</span>  ", number);
        html_text(to, text);
        fputc('\n', to);
    }
    free(text);
}

static void write_source(FILE *to, const struct coverage_file *file, const char *root)
{
    struct stat facts;
    bool telling = false;
    for (size_t i = 0; i < file->count; i++)
        telling = telling || is_telling(&file->lines[i]);
    FILE *from =
        telling && stat(file->path, &facts) == 0 && S_ISREG(facts.st_mode) ? fopen(file->path, "re") : NULL;
    if (from == NULL)
        return;
    fputs("<details><summary><code>", to);
    html_text(to, coverage_path(file, root));
    fputs("</code></summary>\n<pre>", to);
    write_lines(to, file, from);
    fputs("</pre></details>\n", to);
    fclose(from);
}

void coverage_html_write(FILE *to, const struct coverage *coverage, const char *root)
{
    struct coverage_sum all = {0};
    fputs("<h2>Coverage</h2>\n<div class=\"scroll\"><table>\n<tr><th rowspan=\"2\">file</th><th "
          "colspan=\"3\">lines</th><th colspan=\"3\">branches</th></tr>\n<tr><th>before</th><th>after</th>"
          "<th></th><th>before</th><th>after</th><th></th></tr>\n",
          to);
    for (size_t i = 0; i < coverage->count; i++) {
        struct coverage_sum sum = {0};
        coverage_sum_add(&sum, &coverage->files[i]);
        coverage_sum_add(&all, &coverage->files[i]);
        write_row(to, coverage_path(&coverage->files[i], root), &sum);
    }
    write_row(to, "in sum", &all);
    fputs("</table></div>\n<p>Before: by runs without a fault. <span class=\"survived\">&nbsp;+&nbsp;</span> "
          "the sweep added it, <span class=\"failed\">&nbsp;-&nbsp;</span> nobody reached it, <span "
          "class=\"unreached\">&nbsp;1 of 2 ways not&nbsp;</span> a condition went one way only.</p>\n",
          to);
    for (size_t i = 0; i < coverage->count; i++)
        write_source(to, &coverage->files[i], root);
    if (coverage->warnings == NULL)
        return;
    fputs("<h3>Warnings</h3>\n<p class=\"unreached\">", to);
    html_lines(to, coverage->warnings);
    fputs("</p>\n", to);
}
