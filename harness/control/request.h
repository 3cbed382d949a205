/*
 * What is asked through a control socket. A request is a line; the answer is lines, then one that is "ok" or
 * "error: N MESSAGE", where N is what `sockfault ctl` exits with (enum status).
 *
 *     list [json]     a line for each rule that ever was
 *     stats [json]    what was seen in all, then the same
 *     add EXPR        all rules of the expression or none; their numbers, a line each
 *     remove N        the rule stops to apply and keeps its number and its counts
 *
 * What is not printable is escaped as in C; with json, the answer is one line of JSON.
 */
#ifndef SOCKFAULT_CONTROL_REQUEST_H
#define SOCKFAULT_CONTROL_REQUEST_H

#include "harness/control/book.h"

#include <stddef.h>

enum { REQUEST_MAX = 4096 }; /* bytes, with the line's end */

/*
 * The answer to a line (`len` bytes without its end, a NUL behind them). `ended`: the program has, so that
 * nothing can be changed any more. malloc'd with *ret_len; NULL: no memory.
 */
char *request_answer(struct book *book, const char *line, size_t len, bool ended, size_t *ret_len);

/* "error: N MESSAGE" alone, for what is no request. */
char *request_refusal(const struct diag *diag, size_t *ret_len);

#endif
