#ifndef REFERENCE_IO_H
#define REFERENCE_IO_H

#include "reference/address.h"
#include "reference/message.h"

enum io_result {
    IO_OK,
    IO_END,       /* the peer closed where a message would begin: the normal end */
    IO_CUT,       /* the peer closed in the middle of one */
    IO_MALFORMED, /* message_missing() says -1 */
    IO_TIMEOUT,   /* the deadline is over */
    IO_ERROR,     /* errno tells */
};

/* The result in words. */
const char *io_text(enum io_result result);

/*
 * Calls on a blocking socket which do the whole job before the deadline (deadline.h) or say why not. Signals,
 * short counts and the time they took are dealt with inside.
 */
enum io_result connect_before(int fd, const struct address *a, int64_t deadline);
enum io_result receive_message(int fd, struct message *m, int64_t deadline); /* goes on from m->used */
enum io_result send_all(int fd, const void *bytes, size_t length, int64_t deadline);

#endif
