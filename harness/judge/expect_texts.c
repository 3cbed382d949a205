/* Expectations about what a process wrote, and about whom a server still serves. */
#include "harness/judge/compare.h"
#include "harness/judge/judging.h"
#include "harness/text.h"

#include <stdlib.h>

static void check_text(const struct judging *j, const char *what, const struct text_expectation *text,
                       const char *got, size_t len)
{
    struct diag diag = {0};
    char *wanted = NULL, *ret_expected, *ret_got;
    if (text->test != TEXT_MATCHES) {
        wanted = scenario_expand(text->text, j->observed->runtime, &diag);
        if (wanted == NULL) {
            judging_fail_at(j, &text->place, what, text_format("%s", text->text),
                            text_format("%s", diag.text));
            return;
        }
    }
    if (!compare_text(text, wanted, got == NULL ? "" : got, got == NULL ? 0 : len, &ret_expected, &ret_got))
        judging_fail_at(j, &text->place, what, ret_expected, ret_got);
    free(wanted);
}

void judging_texts(const struct judging *j, const char *what, const struct text_expectations *texts,
                   const char *got, size_t len)
{
    for (size_t i = 0; i < texts->count; i++)
        check_text(j, what, &texts->items[i], got, len);
}

void expect_stdout(const struct judging *j)
{
    judging_texts(j, "stdout", &j->expect->out, j->got->out, j->got->out_len);
}

void expect_stderr(const struct judging *j)
{
    judging_texts(j, "stderr", &j->expect->err, j->got->err, j->got->err_len);
}

/* The instance that was started for this process's `serves:`, or -1. */
static int find_probe(const struct judging *j)
{
    for (size_t i = 0; i < j->observed->process_count; i++)
        if (j->observed->processes[i].probe_of == j->seen->process)
            return (int)i;
    return -1;
}

static char *probe_ending(const struct observed_process *seen, const struct process_result *probe)
{
    if (!probe->started)
        return text_format("%s was not started%s%s", probe->name, seen->not_started != NULL ? ": " : "",
                           seen->not_started != NULL ? seen->not_started : "");
    if (seen->killed == KILL_TIMEOUT || seen->killed == KILL_STOP)
        return probe->waiting == NULL ? text_format("%s did not end", probe->name)
                                      : text_format("%s did not end: %s", probe->name, probe->waiting);
    if (seen->killed == KILL_OUTPUT)
        return text_format("%s wrote more than output_limit", probe->name);
    if (seen->killed == KILL_MEMORY)
        return text_format("%s took more memory than memory_limit", probe->name);
    char *ending = judge_ending(probe);
    char *text = text_format("%s: %s", probe->name, ending);
    free(ending);
    return text;
}

void expect_serves(const struct judging *j)
{
    /* One probe serves all instances of a `count`. */
    if (j->expect->serves.process < 0 || j->seen->instance > 1)
        return;
    const char *name = j->experiment->processes[j->expect->serves.process].name;
    int i = find_probe(j);
    char *expected =
        text_format("a fresh %s, with the rules off, ends with status %d", name, j->expect->serves.exit);
    if (i < 0) {
        judging_fail(j, "serves", expected, text_format("none was started"));
        return;
    }
    const struct process_result *probe = &j->result->processes[i];
    const struct observed_process *seen = &j->observed->processes[i];
    if (seen->killed == KILL_NONE && probe->ended && probe->signal == 0 &&
        probe->status == j->expect->serves.exit)
        free(expected);
    else
        judging_fail(j, "serves", expected, probe_ending(seen, probe));
    if (probe->started && seen->killed == KILL_NONE)
        judging_texts(j, "serves: stdout", &j->expect->serves.out, probe->out, probe->out_len);
}
