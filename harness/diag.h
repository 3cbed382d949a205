/*
 * What goes wrong, on its way up. Library code fills in a struct diag and returns false (or -1, or NULL);
 * whoever is on top prints it. The first error stays: later ones do not overwrite it.
 */
#ifndef SOCKFAULT_DIAG_H
#define SOCKFAULT_DIAG_H

#include <stdbool.h>

/* Exit statuses of `sockfault` (a contract: scripts depend on them). */
enum status {
    STATUS_HELD = 0,    /* all held */
    STATUS_FAILED = 1,  /* something did not */
    STATUS_USAGE = 2,   /* the command line or a scenario is wrong */
    STATUS_TROUBLE = 3, /* Sockfault could not do its work */
};

struct diag {
    enum status status; /* STATUS_HELD: nothing went wrong */
    char text[2048];    /* whole message, maybe several lines, without a newline at the end */
};

/* Message without a place: "sockfault: ..." is put in front when it is printed. */
void diag_set(struct diag *diag, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "FILE:LINE:COLUMN: error: ..."; status USAGE. */
void diag_at(struct diag *diag, const char *file, int line, int column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Adds a line below (a source line, a caret, a hint). */
void diag_more(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool diag_ok(const struct diag *diag)
{
    return diag->status == STATUS_HELD;
}

#endif
