/* The rules of a running program and what was seen, as lines of text or one line of JSON. */
#ifndef SOCKFAULT_CONTROL_TELL_H
#define SOCKFAULT_CONTROL_TELL_H

#include "harness/control/book.h"

#include <stdio.h>

/* "rule 1 'receive:short=1' on: matched 19, fired 17, refused 2 (why), forced 0", a line each. */
void tell_rules(const struct book *book, FILE *to);
/* An array of objects: number, text, state, matched, fired, refused, why_refused, forced. */
void tell_rules_json(const struct book *book, FILE *to);

/* "41 calls looked at, 3 connections, 100 bytes received, 20 bytes sent", then the rules. */
void tell_stats(const struct book *book, FILE *to);
/* An object: calls, all_calls, connections, bytes_received, bytes_sent, rules. */
void tell_stats_json(const struct book *book, FILE *to);

/* A text made fit for one line. */
void tell_line(FILE *to, const char *text);

#endif
