/* What is tried at a call: rows of events.def, each about rows of legal.def. Pure. */
#ifndef SOCKFAULT_SWEEP_EVENTS_H
#define SOCKFAULT_SWEEP_EVENTS_H

#include "harness/sweep/survey/survey.h"
#include "shim/model/legal.h"

/* How long what lasts does, by the programs' clock from when the first was started (until=). */
#define SWEEP_LASTS "2s"

/* At most so many rules to an event, joined by ';'. */
enum { SWEEP_EVENT_RULES = 2 };

enum sweep_span { SWEEP_ONCE_ONLY, SWEEP_LASTING, SWEEP_LONG, SWEEP_BRIEF };

struct sweep_event {
    enum fault_kind fault;
    int err;    /* 0: any */
    int family; /* enum call_family; LEGAL_ANY */
    const char *text;
    enum sweep_span span;
    const char *sequel; /* "": none */
    conditions needs;
    int expect; /* enum expectation; -1: as the row says */
    const char *sentence;
};

/* The i-th event, or NULL past the end. */
const struct sweep_event *sweep_event_at(size_t i);

/* Whether the event is one of the row, and can be at that call, by a clock that is real or virtual. The row
 * fits it already. */
bool sweep_event_fits(const struct sweep_event *event, const struct legal_row *row,
                      const struct survey_call *call, bool is_real);

/*
 * That the result stays the same (T) is said of the program the event befalls. But a connection that is dead
 * on arrival takes it from the client as well, and after so long a delay anybody may have lost patience.
 */
enum expectation sweep_event_expect(const struct sweep_event *event, const struct legal_row *row);

/* All malloc'd; NULL: no memory. */

/* "short=1", "short=1+eof=half", "error=EMFILE+lasts": in names. */
char *sweep_event_text(const struct sweep_event *event, const struct legal_row *row);

/*
 * "client/recv:short=1:conn=1:when=2:scope=connection": the rules by which that call meets it. by_threads: it
 * is the thread's so many-th, of whichever thread makes it first (sweep_place).
 */
char *sweep_event_rule(const struct sweep_event *event, const struct legal_row *row,
                       const struct survey_call *call, bool by_threads);

/* "fails with EINTR: a signal was caught", what that call does, behind its name. */
char *sweep_event_sentence(const struct sweep_event *event, const struct legal_row *row);

#endif
