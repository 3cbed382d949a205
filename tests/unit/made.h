/* Results made by hand, for the tests of what reads them. */
#ifndef SOCKFAULT_TESTS_MADE_H
#define SOCKFAULT_TESTS_MADE_H

#include "harness/report/report.h"

/* All a result can hold is in it: a client killed by a signal, a rule that fired and one that was refused, a
 * trace. */
struct result made_failure(const char *name);

/* Nothing but names, verdict and reason; any of the strings may be NULL. */
struct result made_result(const char *file, const char *name, enum verdict verdict, const char *reason);

/* A name with everything in it that some format has a meaning for: quotes, markup, controls, bytes that are
 * not UTF-8. */
extern const char made_nasty[];

/* What a format writes for these results: begin, one for each, end. malloc'd; the stream's file is set here.
 */
char *made_report(const char *format, struct report_stream stream, const struct results *results);

#endif
