#include "harness/text.h"
#include "harness/phrase.h"
#include "harness/sweep/report/excerpt.h"
#include "harness/sweep/report/reasons.h"
#include "harness/sweep/report/report.h"

#include <stdlib.h>
#include <string.h>

/* What a report is written with. */
struct writing {
    FILE *to;
    const struct paint *paint;
    const struct sweep *sweep;
    struct sweep_programs *programs;
    const char *replay;
};

static void write_text(FILE *to, const char *text)
{
    if (text != NULL)
        text_escape(to, text, strlen(text), false);
}

/* Several lines, each behind a margin of 12. */
static void write_lines(FILE *to, const char *text)
{
    for (const char *line = text == NULL ? "" : text; line != NULL;) {
        size_t len = strcspn(line, "\n");
        text_escape(to, line, len, false);
        line = line[len] == '\0' ? NULL : line + len + 1;
        fputs(line == NULL ? "\n" : "\n              ", to);
    }
}

static void write_source(const struct writing *w, const struct survey_call *call)
{
    int line = 0;
    char *path = sweep_programs_source(w->programs, call, &line);
    if (path != NULL && sweep_excerpt_write(w->to, path, line))
        fputc('\n', w->to);
    free(path);
}

static const char *steadiness_text(const struct sweep_tried *tried)
{
    if (tried->steadiness == SWEEP_STEADY)
        return "";
    return tried->again_count < SWEEP_CONFIRMATIONS ? "  (not confirmed: there was no time)" : "  (unsteady)";
}

static void write_fault(const struct writing *w, size_t trial, bool first)
{
    char *sentence = sweep_trial_sentence(&w->sweep->plan.trials[trial]);
    fprintf(w->to, "    %-8s  ", first ? "fault" : "or");
    write_text(w->to, sentence);
    fprintf(w->to, "%s\n              %s", steadiness_text(&w->sweep->tried[trial]), w->paint->dim);
    write_text(w->to, w->sweep->plan.trials[trial].rule);
    fprintf(w->to, "%s\n", w->paint->off);
    free(sentence);
}

/* What came instead, of one that is unsteady. */
static void write_again(const struct writing *w, const struct sweep_tried *tried)
{
    if (tried->steadiness == SWEEP_STEADY || tried->again_count == 0)
        return;
    fputs("    again     ", w->to);
    for (size_t i = 0; i < tried->again_count; i++)
        fprintf(w->to, "%s%s", i == 0 ? "" : ", ", sweep_outcome_name(tried->again[i]));
    fputc('\n', w->to);
}

static void write_defect(const struct writing *w, const struct sweep_defect *defect)
{
    const struct sweep_trial *trial = &w->sweep->plan.trials[defect->trials[0]];
    const struct sweep_tried *tried = &w->sweep->tried[defect->trials[0]];
    fprintf(w->to, "%sDEFECT%s  %s", w->paint->bad, w->paint->off, w->paint->bold);
    write_text(w->to, tried->seen.process == NULL ? "something" : tried->seen.process);
    fprintf(w->to, " %s%s\n        ", sweep_outcome_text(defect->outcome), w->paint->off);
    write_text(w->to, trial->call->site);
    fprintf(w->to, ", %s in ", call_info(trial->call->call)->name);
    write_text(w->to, trial->call->process);
    fputs("\n\n", w->to);
    write_source(w, trial->call);
    for (size_t i = 0; i < defect->count; i++)
        write_fault(w, defect->trials[i], i == 0);
    if (w->sweep->subject.under != NULL) {
        fputs("    after     ", w->to);
        write_text(w->to, w->sweep->subject.under);
        fputc('\n', w->to);
    }
    fputs("    seen      ", w->to);
    write_lines(w->to, tried->seen.words);
    write_again(w, tried);
    if (defect->record != NULL) {
        char *record = phrase_quote(defect->record);
        fprintf(w->to, "    repeat    %s ", w->replay);
        write_text(w->to, record);
        fputc('\n', w->to);
        free(record);
    }
    fputc('\n', w->to);
}

/* What is neither passed nor failed, and what is not as it should be, a line each. */
static void write_class(const struct writing *w, enum sweep_class class, const char *title)
{
    for (size_t i = 0; i < w->sweep->plan.count; i++) {
        const struct sweep_tried *tried = &w->sweep->tried[i];
        if (!tried->done || sweep_class_of(w->sweep, i) != class)
            continue;
        fprintf(w->to, "%s  ", title);
        write_text(w->to, w->sweep->plan.trials[i].rule);
        if (tried->seen.words != NULL) {
            fputs(": ", w->to);
            write_text(w->to, tried->seen.words);
        }
        fputc('\n', w->to);
    }
}

static void write_refusals(const struct writing *w)
{
    size_t count;
    struct sweep_reason *reasons = sweep_reasons_find(w->sweep, &count);
    for (size_t i = 0; i < count; i++) {
        fprintf(w->to, "refused  %zu: ", reasons[i].count);
        write_text(w->to, reasons[i].why);
        fputc('\n', w->to);
    }
    free(reasons);
}

static void write_once(const struct writing *w)
{
    for (size_t i = 0; i < w->sweep->plan.count; i++) {
        const struct sweep_tried *tried = &w->sweep->tried[i];
        if (tried->steadiness != SWEEP_ONCE)
            continue;
        fprintf(w->to, "seen once, and not in %d more runs  %s: ", SWEEP_CONFIRMATIONS,
                sweep_outcome_name(tried->seen.outcome));
        write_text(w->to, w->sweep->plan.trials[i].rule);
        fputc('\n', w->to);
    }
}

static void write_warnings(const struct writing *w)
{
    for (const char *line = w->sweep->warnings; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        fputs("warning: ", w->to);
        text_escape(w->to, line, len, false);
        fputc('\n', w->to);
        line += len + (line[len] == '\n');
    }
}

void sweep_text_write(FILE *to, const struct paint *paint, const struct sweep *sweep,
                      struct sweep_programs *programs, const char *replay)
{
    struct writing w = {to, paint, sweep, programs, replay};
    struct sweep_sum sum = {0};
    char elapsed[TEXT_DURATION_MAX];
    fprintf(to, "%s", paint->bold);
    write_text(to, sweep->subject.scenario->name);
    fprintf(to, "%s\n", paint->off);
    if (sweep->subject.under != NULL) {
        fputs("  under ", to);
        write_text(to, sweep->subject.under);
        fputc('\n', to);
    }
    fputc('\n', to);
    write_warnings(&w);
    for (size_t i = 0; i < sweep->defect_count; i++)
        write_defect(&w, &sweep->defects[i]);
    sweep_table_write(to, sweep);
    fputc('\n', to);
    write_class(&w, SWEEP_CLASS_TROUBLE, "trouble");
    write_once(&w);
    write_class(&w, SWEEP_CLASS_NOT_FIRED, "not fired");
    write_refusals(&w);
    sweep_sum_add(&sum, sweep);
    sweep_sum_write(to, &sum);
    fprintf(to, " in %s\n\n", text_duration(sweep->elapsed_ns, elapsed));
}
