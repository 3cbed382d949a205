/* Records of the trace as text: for reports and for `wrap --trace`. */
#ifndef SOCKFAULT_RUN_TRACE_TEXT_H
#define SOCKFAULT_RUN_TRACE_TEXT_H

#include "harness/program/program.h"
#include "harness/run/result/result.h"
#include "shim/model/board.h"

#include <stdbool.h>

/* What is needed for it. */
struct trace_text {
    const struct board *board;
    struct sites *sites; /* NULL: sites are left out */
    int64_t began_ns;    /* CLOCK_MONOTONIC that counts as 0 */
};

/*
 * The record as a line: "recv(5, 4096) = 1", "connect(3, 127.0.0.1:4000) = -1 ECONNREFUSED", "poll(100 ms) =
 * 0 <100 ms>"; injected "short=1 (rule 1)", site "client.c:88". A call that took 1 ms or more says how long.
 * Nothing in the record is trusted. false: no memory; *ret is untouched then. The line is freed with
 * trace_line_clear.
 */
bool trace_line_make(const struct trace_text *context, const struct trace_record *record,
                     struct trace_line *ret);
void trace_line_clear(struct trace_line *line);

/*
 * All of it on one line without a newline: "0.001234 client 17 recv(5, 4096) = 1  [short=1 (rule 1)]
 * client.c:88", fit for a terminal. The number is that of the thread. malloc'd; NULL: no memory.
 */
char *trace_line_text(const struct trace_line *line);

/* What a call gave: "5", "-1 EAGAIN", "EAI_AGAIN". record->call < CALL_COUNT. malloc'd. */
char *trace_result_text(const struct trace_record *record);

#endif
