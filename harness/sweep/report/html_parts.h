/* What a page is made of. Internal to harness/sweep/report/html*.c. */
#ifndef SOCKFAULT_SWEEP_HTML_PARTS_H
#define SOCKFAULT_SWEEP_HTML_PARTS_H

#include "harness/sweep/report/html.h"

/* Escaped; NULL writes nothing. Stands in text as well as between quotes. */
void html_text(FILE *to, const char *text);

/* Several lines, each ended by a <br> but the last. */
void html_lines(FILE *to, const char *text);

/* The sections of one sweep. */
void html_defects(FILE *to, const struct sweep *sweep, struct sweep_programs *programs, const char *replay);
void html_table(FILE *to, const struct sweep *sweep, struct sweep_programs *programs);

/* The one stylesheet. */
extern const char html_style[];

#endif
