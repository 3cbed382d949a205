/*
 * Sweeps as one HTML page: it needs no script and nothing from elsewhere. All text in it is escaped, controls
 * as in C. The parts in their order: html_begin, html_sweep of each, html_coverage if there is any, html_end.
 */
#ifndef SOCKFAULT_SWEEP_HTML_H
#define SOCKFAULT_SWEEP_HTML_H

#include "harness/sweep/report/report.h"

void html_begin(FILE *to, const char *title);

/* `replay` as for sweep_text_write. */
void html_sweep(FILE *to, const struct sweep *sweep, struct sweep_programs *programs, const char *replay);
void html_end(FILE *to, const struct sweep_sum *sum);

#endif
