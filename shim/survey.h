/* The survey: of each call, before it is made, by whom it is called and what holds then (BOARD_SURVEY). */
#ifndef SOCKFAULT_SHIM_SURVEY_H
#define SOCKFAULT_SHIM_SURVEY_H

#include "shim/intercept/attempt.h"

/*
 * A call that is to be decided now. In a survey it is recorded as TRACE_DECIDED, if rules can speak of it
 * (select_concerns), and at->decided says which record that is; else nothing is done.
 *
 * Asked are the facts that some fault at that call depends on, and of what kind the socket is. None of them
 * takes away or changes anything the program could miss: they look at queues (MSG_PEEK, poll), options and
 * names, and at what is on the board.
 */
void survey_call(struct attempt *at);

/* A rule has fired at the call: recorded as TRACE_FIRED. What query.fires is in a survey; context: the
 * attempt. */
void survey_fired(void *attempt, uint32_t rule, uint64_t nth, int64_t delay_ns, uint64_t amount);

/* Whether this is a survey. */
bool survey_is_on(void);

#endif
