#include "harness/sweep/plan/events.h"
#include "harness/text.h"
#include "shim/model/errnos.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

#define ANY        LEGAL_ANY
#define RECEIVE    FAMILY_RECEIVE
#define ACCEPT     FAMILY_ACCEPT
#define RESOLVE    FAMILY_RESOLVE
#define NEED(name) CONDITION_SET(name)
#define ROW        (-1)
#define T          EXPECT_T
#define H          EXPECT_H
#define ONCE       SWEEP_ONCE_ONLY
#define LASTS      SWEEP_LASTING
#define LONG       SWEEP_LONG
#define BRIEF      SWEEP_BRIEF
static const struct sweep_event events[] = {
#define EVENT(fault, err, family, text, span, sequel, needs, expect, sentence)                               \
    {FAULT_##fault, err, family, text, span, sequel, needs, expect, sentence},
#include "harness/sweep/plan/events.def"
#undef EVENT
};
#undef ANY
#undef RECEIVE
#undef ACCEPT
#undef RESOLVE
#undef NEED
#undef ROW
#undef T
#undef H
#undef ONCE
#undef LASTS
#undef LONG
#undef BRIEF

const struct sweep_event *sweep_event_at(size_t i)
{
    return i < sizeof events / sizeof *events ? &events[i] : NULL;
}

/* A sequel is about the rest of what the call could have had. */
static bool leaves_a_rest(const struct sweep_event *event, const struct survey_call *call)
{
    return event->sequel[0] == '\0' || (call->connection != 0 && call->result > 1);
}

/* A socket that everybody's datagrams come to: deaf, it is nobody's. */
static bool is_everybodys(const struct sweep_event *event, const struct survey_call *call)
{
    return event->fault == FAULT_SILENCE && call->facts & CONDITION_SET(DGRAM) &&
           !(call->facts & CONDITION_SET(CONNECTED));
}

bool sweep_event_fits(const struct sweep_event *event, const struct legal_row *row,
                      const struct survey_call *call, bool is_real)
{
    if (event->span == (is_real ? SWEEP_LONG : SWEEP_BRIEF))
        return false;
    bool same_family = event->family == LEGAL_ANY || event->family == (int)call_info(call->call)->family;
    return event->fault == row->fault && (event->err == 0 || event->err == row->err) && same_family &&
           (event->needs & ~call->facts) == 0 && leaves_a_rest(event, call) && !is_everybodys(event, call);
}

enum expectation sweep_event_expect(const struct sweep_event *event, const struct legal_row *row)
{
    bool others_feel_it = row->fault == FAULT_DELAY || row->recipe == RECIPE_STALL ||
                          row->recipe == RECIPE_ACCEPT_DEAD || row->recipe == RECIPE_ACCEPT_DROP;
    if (event->expect >= 0)
        return (enum expectation)event->expect;
    return others_feel_it ? EXPECT_H : row->expect;
}

static char *fault_text(const struct sweep_event *event, const struct legal_row *row)
{
    return row->fault == FAULT_ERROR ? text_format("error=%s", errno_name(row->err))
                                     : text_format("%s", event->text);
}

char *sweep_event_text(const struct sweep_event *event, const struct legal_row *row)
{
    char *fault = fault_text(event, row);
    char *text = fault == NULL ? NULL
                               : text_format("%s%s%s%s", fault, event->span == SWEEP_LASTING ? "+lasts" : "",
                                             event->sequel[0] == '\0' ? "" : "+", event->sequel);
    free(fault);
    return text;
}

/* One rule about the call, or about the one after it. */
static char *rule_text(const struct survey_call *call, const char *fault, unsigned int later, bool lasts,
                       bool by_threads)
{
    const char *name = call_info(call->call)->name, *rest = lasts ? "..:until=" SWEEP_LASTS : "";
    if (call->connection != 0)
        return text_format("%s/%s:%s:conn=%u:when=%llu%s:scope=connection", call->process, name, fault,
                           call->connection, (unsigned long long)call->nth_on_connection + later, rest);
    if (by_threads)
        return text_format("%s/%s:%s:when=%llu%s:scope=thread%s", call->process, name, fault,
                           (unsigned long long)call->nth_in_thread, rest, lasts ? "" : ":times=1");
    return text_format("%s/%s:%s:when=%llu%s:scope=all", call->process, name, fault,
                       (unsigned long long)call->nth, rest);
}

char *sweep_event_rule(const struct sweep_event *event, const struct legal_row *row,
                       const struct survey_call *call, bool by_threads)
{
    char *fault = fault_text(event, row);
    char *rule = fault == NULL ? NULL : rule_text(call, fault, 0, event->span == SWEEP_LASTING, by_threads);
    free(fault);
    if (rule == NULL || event->sequel[0] == '\0')
        return rule;
    char *next = rule_text(call, event->sequel, 1, false, by_threads);
    char *both = next == NULL ? NULL : text_format("%s;%s", rule, next);
    free(rule);
    free(next);
    return both;
}

char *sweep_event_sentence(const struct sweep_event *event, const struct legal_row *row)
{
    bool fails = row->fault == FAULT_ERROR;
    return text_format("%s%s%s: %s", event->sentence, fails ? " " : "", fails ? errno_name(row->err) : "",
                       row->note);
}
