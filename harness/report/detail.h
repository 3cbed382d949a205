/* A result that did not pass, told in full to a human. Internal to harness/report. */
#ifndef SOCKFAULT_DETAIL_H
#define SOCKFAULT_DETAIL_H

#include "harness/report/paint.h"

#include <stdio.h>

/*
 * Verdict, name and place; what was expected and what came; what the rules did and where; processes; trace;
 * what was written; notes, seed and the command that repeats it. Many lines, none of them able to do anything
 * to a terminal but for the paint.
 */
void detail_write(FILE *to, const struct result *result, const struct paint *paint);

/* The same, malloc'd, without colour. NULL: no memory. */
char *detail_text(const struct result *result);

/* One line: the reason, or the first failure and how many more there are. malloc'd; NULL: no memory. */
char *detail_summary(const struct result *result);

/*
 * What was injected though the kernel could not have done it: "RULE 3 times; RULE 1 time". malloc'd; NULL:
 * nothing was, or no memory.
 */
char *detail_forced(const struct result *result);

/* "FILE:LINE:COLUMN", as far as they are known. */
void detail_place(FILE *to, const char *file, int line, int column);

/* text (NULL: "?") escaped, with blanks behind it up to `width` columns. */
void detail_padded(FILE *to, const char *text, int width);

/* The trace of a result, both processes interleaved, with a mark where something was injected. */
void trace_write(FILE *to, const struct result *result, const struct paint *paint);

/* What the processes wrote, bounded; stdout only where no failure has shown it. */
void streams_write(FILE *to, const struct result *result);

#endif
