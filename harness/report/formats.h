/* The functions behind the rows of the table in report.c. Internal to harness/report. */
#ifndef SOCKFAULT_FORMATS_H
#define SOCKFAULT_FORMATS_H

#include "harness/report/report.h"

void text_begin(struct report_stream *stream);
void text_one(struct report_stream *stream, const struct result *result);
void text_end(struct report_stream *stream, const struct results *results);
void tap_end(struct report_stream *stream, const struct results *results);
void junit_end(struct report_stream *stream, const struct results *results);
void json_end(struct report_stream *stream, const struct results *results);

#endif
