#include "harness/run/watch/spin_text.h"

#include "harness/phrase.h"
#include "harness/program/stack.h"
#include "harness/run/trace/site_text.h"
#include "harness/run/trace/trace_text.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOKED_AT = 1000, /* of its last calls */
    PLACES = 3,
    FEW = 100, /* calls that are no loop of calls */
};

struct loop {
    const struct trace_record *places[PLACES]; /* one for each place where it makes a call */
    size_t count, more;
    bool is_same; /* each call gave the same */
};

static bool same_place(const struct trace_record *a, const struct trace_record *b)
{
    return a->call == b->call && a->site == b->site && a->connection == b->connection;
}

static void take(struct loop *loop, const struct trace_record *record)
{
    size_t i = 0;
    while (i < loop->count && !same_place(loop->places[i], record))
        i++;
    if (i == loop->count && i == PLACES)
        loop->more++;
    else if (i == loop->count)
        loop->places[loop->count++] = record;
    const struct trace_record *first = loop->places[0];
    loop->is_same = loop->is_same && record->result == first->result && record->error == first->error;
}

/* Its last calls, newest first. */
static struct loop read_loop(const struct tracelog *log, pid_t tid)
{
    struct loop loop = {.is_same = true};
    size_t looked = 0;
    for (size_t i = tracelog_count(log); i-- > 0 && looked < LOOKED_AT;) {
        const struct trace_record *record = tracelog_at(log, i);
        if (record->tid != tid || record->kind != TRACE_CALL || record->call >= CALL_COUNT)
            continue;
        looked++;
        take(&loop, record);
    }
    return loop;
}

static void append_place(char **text, struct run *run, const struct trace_record *record, bool is_first)
{
    char *site = site_text_in(run->board, run_sites(run), record->module_set, record->site);
    phrase_append(text, is_first ? " " : " and ", "%s()%s%s", call_info((enum call_id)record->call)->name,
                  site ? " at " : "", site ? site : "");
    if (record->connection > 0)
        phrase_append(text, "", " on connection %u", record->connection);
    free(site);
}

static char *loop_text(struct run *run, const struct spinner *spinner, const struct loop *loop)
{
    char took[TEXT_DURATION_MAX], *text = strdup("spins in");
    for (size_t i = loop->count; text && i-- > 0;)
        append_place(&text, run, loop->places[i], i + 1 == loop->count);
    phrase_append(&text, "", "%s: %llu calls in %s", loop->more > 0 ? " and elsewhere" : "",
                  (unsigned long long)spinner->calls, text_duration(spinner->took_ns, took));
    if (loop->is_same && loop->count == 1) {
        char *result = trace_result_text(loop->places[0]);
        phrase_append(&text, "", ", each returning %s", result ? result : "?");
        free(result);
    }
    phrase_append(&text, "", ", and no byte moved");
    return text;
}

static char *place_text(struct run *run, const struct spinner *spinner, const struct loop *loop)
{
    char took[TEXT_DURATION_MAX], *text = strdup("spins");
    char *site = stack_site(run_sites(run), spinner->pid, spinner->tid);
    if (site) {
        phrase_append(&text, " at ", "%s", site);
    } else if (loop->count > 0) {
        phrase_append(&text, "", " somewhere after");
        append_place(&text, run, loop->places[0], true);
    }
    phrase_append(&text, ": ", "%llu calls on sockets and no byte moved in %s",
                  (unsigned long long)spinner->calls, text_duration(spinner->took_ns, took));
    free(site);
    return text;
}

char *spin_text(struct run *run, const struct spinner *spinner)
{
    struct loop loop = read_loop(&run->log, spinner->tid);
    bool calls = loop.count > 0 && spinner->calls >= FEW;
    return calls ? loop_text(run, spinner, &loop) : place_text(run, spinner, &loop);
}
