/* Expected and received bytes, made fit to be read. Everything returned is malloc'd; NULL: no memory. */
#ifndef SOCKFAULT_PEER_MISMATCH_H
#define SOCKFAULT_PEER_MISMATCH_H

#include "harness/peer/bytes.h"

/*
 * The bytes as a string in quotes (text_escape), "nothing" when there are none; of a long one what is around
 * byte `around`, and how many there are.
 */
char *mismatch_quoted(const struct bytes *bytes, size_t around);

/*
 * Both side by side in hexadecimal and as text, eight a line, with a mark below the first that differs; the
 * lines about that one when there are many. No newline at the end.
 */
char *mismatch_table(const struct bytes *expected, const struct bytes *received);

/* "byte 4 differs", "byte 4 of 6 is missing", "bytes 4 to 6 of 6 are missing", "3 bytes too many". */
char *mismatch_remark(const struct bytes *expected, const struct bytes *received);

#endif
