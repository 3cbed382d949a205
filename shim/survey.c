#include "shim/survey.h"
#include "shim/know/callers.h"
#include "shim/know/facts.h"
#include "shim/know/modules.h"
#include "shim/model/select.h"
#include "shim/state.h"
#include "shim/trace.h"

#include <string.h>

/* These stand on the board: nobody is asked. */
#define OF_WHAT_KIND                                                                                         \
    (CONDITION_SET(SOCKET) | CONDITION_SET(TCP) | CONDITION_SET(UDP) | CONDITION_SET(INET) |                 \
     CONDITION_SET(LOCAL) | CONDITION_SET(STREAM) | CONDITION_SET(DGRAM) | CONDITION_SET(SEQPACKET))

bool survey_is_on(void)
{
    return atomic_load_explicit(&shim.board->flags, memory_order_relaxed) & BOARD_SURVEY;
}

/* All that takes time comes first: the record's number is to be the place in the order of decisions. */
void survey_call(struct attempt *at)
{
    uint64_t callers[BOARD_CALLERS], number;
    if (!survey_is_on() ||
        atomic_load_explicit(&shim.board->paused, memory_order_relaxed) || /* no rule could be about it */
        !select_concerns(at->call, at->socket != NULL))
        return;
    conditions facts = facts_of(at, legal_conditions_at(at->call) | OF_WHAT_KIND);
    callers_above(at->site, callers);
    modules_meet(at->site);
    for (int i = 0; i < BOARD_CALLERS && callers[i]; i++)
        modules_meet(callers[i]);
    struct trace_record *record = board_trace_begin(shim.board, &number);
    trace_identify(record, at);
    record->kind = TRACE_DECIDED;
    record->rule = -1;
    record->facts = facts;
    memcpy(record->callers, callers, sizeof callers);
    trace_commit(record, number);
    at->decided = number + 1;
}

void survey_fired(void *attempt, uint32_t rule, uint64_t nth, int64_t delay_ns, uint64_t amount)
{
    const struct attempt *at = attempt;
    uint64_t number;
    modules_meet(at->site);
    struct trace_record *record = board_trace_begin(shim.board, &number);
    trace_identify(record, at);
    if (at->accepted)
        record->connection = atomic_load(&at->accepted->connection);
    record->kind = TRACE_FIRED;
    record->rule = (int16_t)rule;
    record->asked = (int64_t)at->asked;
    record->result = (int64_t)nth;
    record->facts = amount;
    record->decided = at->decided;
    record->delay_ns = delay_ns;
    trace_commit(record, number);
}
