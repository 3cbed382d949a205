/*
 * Bytes that came from somebody else's program, and names that came from somebody else's file, made fit to be
 * stored or shown. Valid is UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing past
 * U+10FFFF.
 */
#ifndef SOCKFAULT_TEXT_H
#define SOCKFAULT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The character that begins at bytes[0] (len at least 1): its code point, or -1 (length 1) where that is not
 * UTF-8. */
int32_t text_rune(const char *bytes, size_t len, size_t *ret_len);

/* Whether a terminal may be given the character as it is: no control, no change of direction, no line end. */
bool text_printable(int32_t rune);

/* Where to cut bytes so that no character is cut in two: `place`, or up to three bytes before it. */
size_t text_cut(const char *bytes, size_t len, size_t place);

/*
 * A copy with every byte that is not UTF-8 as U+FFFD; NULs stay. malloc'd with a NUL behind it; NULL: no
 * memory. ret_len may be NULL.
 */
char *text_utf8(const char *bytes, size_t len, size_t *ret_len);

/*
 * Writes bytes so that they stay on one line and do nothing to a terminal: \n \r \t \0 as in C, other
 * controls and bytes that are not UTF-8 as \xNN, unprintable characters as \u{NNNN}. `quoted` adds quotes
 * around it and a backslash before quotes and backslashes.
 */
void text_escape(FILE *to, const char *bytes, size_t len, bool quoted);

/* The same for a string, malloc'd. NULL: no memory. */
char *text_escaped(const char *bytes, size_t len, bool quoted);

/* printf into memory, malloc'd. NULL: no memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum { TEXT_DURATION_MAX = 32 };
/* "0 s", "850 ns", "12.3 us", "20.0 ms", "9.98 s": three digits that matter. Returns text. */
char *text_duration(int64_t ns, char text[TEXT_DURATION_MAX]);

enum { TEXT_SIGNAL_MAX = 24 };
/* "SIGTERM", "SIGRTMIN+3", "signal 77" (signal(7)). Returns text. */
char *text_signal(int number, char text[TEXT_SIGNAL_MAX]);

#endif
