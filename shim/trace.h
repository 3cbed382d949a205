/* The trace: one record a call on the board's ring; with plain preloading also a line in SOCKFAULT_TRACE's
 * file. */
#ifndef SOCKFAULT_SHIM_TRACE_H
#define SOCKFAULT_SHIM_TRACE_H

#include "shim/intercept/attempt.h"

/* A call that has ended. Records only what fired, unless the board says that all is to be traced. */
void trace_call(const struct attempt *at);

/* Fills in which call it is, by whom, where, and of what. */
void trace_identify(struct trace_record *record, const struct attempt *at);

/* A record of board_trace_begin is complete: the harness is woken now and then, so that none is lost. */
void trace_commit(struct trace_record *record, uint64_t number);

/* Opens the trace file for one line, without ever waiting (a FIFO that nobody reads is an error). -1 with
 * errno. */
int trace_open(const char *path);

/* Appends a line to the trace file. The file is opened and closed each time: no descriptor of ours stays in
 * the program. */
void trace_line(const char *path, const struct trace_record *record);

#endif
