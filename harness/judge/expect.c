/* Expectations about how a process ended and what it left behind. */
#include "harness/judge/judging.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static bool exit_holds(const struct expectations *expect, const struct process_result *got)
{
    if (!got->ended || got->signal != 0)
        return false;
    if (expect->exit_nonzero && got->status != 0)
        return true;
    for (size_t i = 0; i < expect->exit_count; i++)
        if (expect->exits[i] == got->status)
            return true;
    return false;
}

static char *exit_text(const struct expectations *expect)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    if (expect->exit_nonzero)
        fputs("a status that is not 0", to);
    for (size_t i = 0; i < expect->exit_count; i++)
        fprintf(to, "%s%d", i == 0 ? expect->exit_nonzero ? " or status " : "status " : " or ",
                expect->exits[i]);
    fclose(to);
    return text;
}

void expect_exit(const struct judging *j)
{
    /* What would not stop, and what was to run to the end, is `running`'s matter. */
    if (j->seen->killed == KILL_STOP)
        return;
    if (j->expect->has_exit) {
        if (!exit_holds(j->expect, j->got))
            judging_fail(j, "exit", exit_text(j->expect), judge_ending(j->got));
    } else if (j->expect->signal == 0 && !judging_wants_running(j) && !j->got->stopped_by_us) {
        if (!j->got->ended || j->got->signal != 0 || j->got->status != 0)
            judging_fail(j, "exit", text_format("status 0"), judge_ending(j->got));
    }
}

void expect_signal(const struct judging *j)
{
    char name[TEXT_SIGNAL_MAX];
    if (j->expect->signal == 0 || j->seen->killed == KILL_STOP || j->got->signal == j->expect->signal)
        return;
    judging_fail(j, "signal", text_format("killed by %s", text_signal(j->expect->signal, name)),
                 judge_ending(j->got));
}

static void fail_stop(const struct judging *j)
{
    char limit[TEXT_DURATION_MAX], name[TEXT_SIGNAL_MAX];
    const char *waiting = j->got->waiting;
    judging_fail(j, "running",
                 text_format("over within %s of %s", text_duration(j->process->stop_timeout_ns, limit),
                             text_signal(j->process->stop_signal, name)),
                 waiting != NULL ? text_format("still running: %s; killed", waiting)
                                 : text_format("still running; killed"));
}

static void fail_early(const struct judging *j)
{
    char elapsed[TEXT_DURATION_MAX];
    char *ending = judge_ending(j->got);
    judging_fail(j, "running", text_format("running until told to stop"),
                 text_format("%s after %s", ending, text_duration(j->got->elapsed_ns, elapsed)));
    free(ending);
}

/* By that signal, or with status 0, or with 128 + the signal's number as shells and those who follow them say
 * it. */
static bool ended_well(const struct judging *j)
{
    if (!j->got->ended || j->got->signal != 0)
        return j->got->ended && j->got->signal == j->process->stop_signal;
    return j->got->status == 0 || j->got->status == 128 + j->process->stop_signal;
}

/* How it ended once it was told to stop; where `exit` or `signal` are said they have said so already. */
static void check_stopped(const struct judging *j)
{
    char name[TEXT_SIGNAL_MAX];
    if (j->expect->has_exit || j->expect->signal != 0)
        return;
    if (ended_well(j))
        return;
    judging_fail(j, "running",
                 text_format("status 0 or killed by %s, once told to stop",
                             text_signal(j->process->stop_signal, name)),
                 judge_ending(j->got));
}

void expect_running(const struct judging *j)
{
    bool wanted = judging_wants_running(j);
    if (j->seen->killed == KILL_STOP)
        fail_stop(j);
    else if (wanted && !j->got->stopped_by_us)
        fail_early(j);
    else if (wanted)
        check_stopped(j);
    else if (j->expect->running == 0 && j->got->stopped_by_us)
        judging_fail(j, "running", text_format("ended by itself"),
                     text_format("still running when all else was over"));
}

static char *elapsed_range(const struct expectations *expect)
{
    char min[TEXT_DURATION_MAX], max[TEXT_DURATION_MAX];
    text_duration(expect->elapsed_min_ns, min);
    text_duration(expect->elapsed_max_ns, max);
    if (expect->elapsed_max_ns == INT64_MAX)
        return text_format("at least %s", min);
    if (expect->elapsed_min_ns <= 0)
        return text_format("at most %s", max);
    return text_format("%s to %s", min, max);
}

void expect_elapsed(const struct judging *j)
{
    char elapsed[TEXT_DURATION_MAX];
    if (!j->expect->has_elapsed ||
        (j->got->elapsed_ns >= j->expect->elapsed_min_ns && j->got->elapsed_ns <= j->expect->elapsed_max_ns))
        return;
    judging_fail(j, "elapsed", elapsed_range(j->expect),
                 text_format("%s", text_duration(j->got->elapsed_ns, elapsed)));
}

void expect_fds(const struct judging *j)
{
    int before = j->got->fds_before, after = j->got->fds_after;
    if (!j->expect->fds_unchanged || (before >= 0 && before == after))
        return;
    const char *note = j->seen->fds_note != NULL ? j->seen->fds_note : j->seen->fds_list;
    char *got;
    if (before < 0 || after < 0)
        got = text_format("not counted%s%s", note != NULL ? ": " : "", note != NULL ? note : "");
    else
        got = text_format("%d descriptor%s%s%s", after, plural((uint64_t)after), note != NULL ? ": " : "",
                          note != NULL ? note : "");
    judging_fail(j, "fds",
                 before < 0
                     ? text_format("as many descriptors as at its first wait")
                     : text_format("%d descriptor%s, as at its first wait", before, plural((uint64_t)before)),
                 got);
}

void expect_zombies(const struct judging *j)
{
    int zombies = j->got->zombies;
    if (!j->expect->no_zombies || zombies == 0)
        return;
    judging_fail(j, "zombies", text_format("none"),
                 zombies < 0
                     ? text_format("not counted")
                     : text_format("%d ended child%s not waited for", zombies, zombies == 1 ? "" : "ren"));
}

static void check_bytes(const struct judging *j, const char *what, bool said, const struct range *range,
                        uint64_t bytes)
{
    if (!said || range_holds(range, bytes))
        return;
    char *wanted = range_text(range);
    judging_fail(j, what, text_format("%s", wanted), text_format("%llu", (unsigned long long)bytes));
    free(wanted);
}

void expect_bytes(const struct judging *j)
{
    check_bytes(j, "bytes received", j->expect->has_received, &j->expect->received,
                j->seen->counts.bytes_received);
    check_bytes(j, "bytes sent", j->expect->has_sent, &j->expect->sent, j->seen->counts.bytes_sent);
}

void expect_shim(const struct judging *j)
{
    if (j->expect->shim_absent && j->got->hello)
        judging_fail(j, "shim", text_format("absent"), text_format("loaded"));
}
