/* The defects of a sweep: where, source, fault, what was seen, and how to see it again. */
#include "harness/phrase.h"
#include "harness/sweep/report/excerpt.h"
#include "harness/sweep/report/html_parts.h"

#include <stdlib.h>
#include <string.h>

/* What sweep_excerpt_write marks a line with, and where. */
enum { MARK_AT = 4 };

static void write_excerpt(FILE *to, char *text)
{
    fputs("<pre>", to);
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        bool marked = strlen(line) > MARK_AT && line[MARK_AT] == '>';
        if (text == NULL && *line == '\0')
            break;
        fputs(marked ? "<span class=\"at\">" : "", to);
        html_text(to, line);
        fputs(marked ? "</span>" : "\n", to);
    }
    fputs("</pre>\n", to);
}

static void write_source(FILE *to, struct sweep_programs *programs, const struct survey_call *call)
{
    int line = 0;
    char *path = sweep_programs_source(programs, call, &line), *text = NULL;
    size_t size = 0;
    FILE *memory = path == NULL ? NULL : open_memstream(&text, &size);
    bool there = memory != NULL && sweep_excerpt_write(memory, path, line);
    if (memory != NULL)
        fclose(memory);
    if (there)
        write_excerpt(to, text);
    free(text);
    free(path);
}

static const char *steadiness_text(const struct sweep_tried *tried)
{
    if (tried->steadiness == SWEEP_STEADY)
        return "";
    return tried->again_count < SWEEP_CONFIRMATIONS ? " (not confirmed: there was no time)" : " (unsteady)";
}

static void write_fault(FILE *to, const struct sweep *sweep, size_t trial, bool first)
{
    char *sentence = sweep_trial_sentence(&sweep->plan.trials[trial]);
    fprintf(to, "<dt>%s</dt><dd>", first ? "fault" : "or");
    html_text(to, sentence);
    fputs(steadiness_text(&sweep->tried[trial]), to);
    fputs("<br><code class=\"dim\">", to);
    html_text(to, sweep->plan.trials[trial].rule);
    fputs("</code></dd>\n", to);
    free(sentence);
}

static void write_again(FILE *to, const struct sweep_tried *tried)
{
    if (tried->steadiness == SWEEP_STEADY || tried->again_count == 0)
        return;
    fputs("<dt>again</dt><dd>", to);
    for (size_t i = 0; i < tried->again_count; i++)
        fprintf(to, "%s%s", i == 0 ? "" : ", ", sweep_outcome_name(tried->again[i]));
    fputs("</dd>\n", to);
}

static void write_repeat(FILE *to, const char *replay, const char *path)
{
    char *record = path == NULL ? NULL : phrase_quote(path);
    if (record == NULL)
        return;
    fputs("<dt>repeat</dt><dd><code>", to);
    html_text(to, replay);
    fputc(' ', to);
    html_text(to, record);
    fputs("</code></dd>\n", to);
    free(record);
}

static void write_defect(FILE *to, const struct sweep *sweep, const struct sweep_defect *defect,
                         struct sweep_programs *programs, const char *replay)
{
    const struct sweep_trial *trial = &sweep->plan.trials[defect->trials[0]];
    const struct sweep_tried *tried = &sweep->tried[defect->trials[0]];
    fputs("<section class=\"defect\">\n<h3><b>&#10007; defect</b> ", to);
    html_text(to, tried->seen.process == NULL ? "something" : tried->seen.process);
    fprintf(to, " %s</h3>\n<p class=\"mono\">", sweep_outcome_text(defect->outcome));
    html_text(to, trial->call->site);
    fprintf(to, ", %s in ", call_info(trial->call->call)->name);
    html_text(to, trial->call->process);
    fputs("</p>\n", to);
    write_source(to, programs, trial->call);
    fputs("<dl>\n", to);
    for (size_t i = 0; i < defect->count; i++)
        write_fault(to, sweep, defect->trials[i], i == 0);
    fputs("<dt>seen</dt><dd>", to);
    html_lines(to, tried->seen.words);
    fputs("</dd>\n", to);
    write_again(to, tried);
    write_repeat(to, replay, defect->record);
    fputs("</dl>\n</section>\n", to);
}

void html_defects(FILE *to, const struct sweep *sweep, struct sweep_programs *programs, const char *replay)
{
    for (size_t i = 0; i < sweep->defect_count; i++)
        write_defect(to, sweep, &sweep->defects[i], programs, replay);
}
