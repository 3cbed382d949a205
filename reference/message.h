#ifndef REFERENCE_MESSAGE_H
#define REFERENCE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The two protocols. A stream has no messages, only bytes, so a message must say where it ends:
 *   frame   its length comes first: u32 length of the payload, u32 sequence number (both big-endian), payload
 *   line    a newline ends it
 * Nothing here knows of sockets: bytes are put at bytes + used, however many came, and message_missing()
 * tells whether the message is whole.
 */
enum protocol { PROTOCOL_FRAME, PROTOCOL_LINE };
enum { FRAME_HEADER = 8, FRAME_PAYLOAD_MAX = 1024 * 1024, LINE_PAYLOAD_MAX = 64 * 1024 };

struct message {
    enum protocol protocol;
    bool packets;         /* the socket keeps boundaries: one receive is one message, whole or cut off */
    unsigned char *bytes; /* limit + 1 bytes, so that a packet that is too long shows */
    size_t limit;         /* the longest message allowed, in bytes */
    size_t used;
};

/* Room for the longest message; untouched pages cost nothing. 0, or -1 with errno. message_free() takes it
 * back. */
int message_init(struct message *m, enum protocol protocol, bool packets);
void message_free(struct message *m);

/* How many bytes to ask the socket for: 0 when the message is whole, -1 when it is malformed or too long. For
   a frame never more than belongs to it; a line can come together with the beginning of the next. */
ssize_t message_missing(const struct message *m);

/* Length of the first message in bytes with header or newline; 0 while that cannot be told. */
size_t message_length(const struct message *m);

/* Drops the first message and keeps what came after it. */
void message_next(struct message *m);

uint32_t message_sequence(const struct message *m); /* of a whole frame; a line has none: 0 */

/* The first message without header or newline. */
const unsigned char *message_payload(const struct message *m, size_t *ret_length);

/* Makes m the message with this payload, or returns what is wrong with the payload. */
const char *message_compose(struct message *m, uint32_t sequence, const void *payload, size_t length);

#endif
