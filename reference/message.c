#include "reference/message.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int message_init(struct message *m, enum protocol protocol, bool packets)
{
    bool frame = protocol == PROTOCOL_FRAME;

    *m = (struct message){.protocol = protocol, .packets = packets};
    m->limit = frame ? FRAME_HEADER + FRAME_PAYLOAD_MAX : LINE_PAYLOAD_MAX + 1;
    m->bytes = malloc(m->limit + 1);
    return m->bytes == NULL ? -1 : 0;
}

void message_free(struct message *m)
{
    free(m->bytes);
    m->bytes = NULL;
}

/* memcpy, since a number in a buffer need not be aligned; ntohl, since the peer's byte order may be another.
 */
static uint32_t load32(const unsigned char *at)
{
    uint32_t number;

    memcpy(&number, at, sizeof number);
    return ntohl(number);
}

static void store32(unsigned char *at, uint32_t number)
{
    number = htonl(number);
    memcpy(at, &number, sizeof number);
}

size_t message_length(const struct message *m)
{
    if (m->protocol == PROTOCOL_FRAME)
        return m->used < FRAME_HEADER ? 0 : FRAME_HEADER + (size_t)load32(m->bytes);

    const unsigned char *newline = memchr(m->bytes, '\n', m->used);
    return newline == NULL ? 0 : (size_t)(newline - m->bytes) + 1;
}

ssize_t message_missing(const struct message *m)
{
    size_t length = message_length(m);

    if (length > m->limit) /* before anybody trusts it: the length is whatever the peer wrote */
        return -1;
    if (m->packets && m->used > 0)
        return m->used == length ? 0 : -1;
    if (m->packets)
        return (ssize_t)m->limit + 1;
    if (length > 0)
        return m->used >= length ? 0 : (ssize_t)(length - m->used);
    if (m->protocol == PROTOCOL_FRAME)
        return (ssize_t)(FRAME_HEADER - m->used);
    return m->used < m->limit ? (ssize_t)(m->limit - m->used) : -1;
}

void message_next(struct message *m)
{
    size_t length = message_length(m);

    m->used -= length;
    memmove(m->bytes, m->bytes + length, m->used);
}

uint32_t message_sequence(const struct message *m)
{
    return m->protocol == PROTOCOL_FRAME ? load32(m->bytes + 4) : 0;
}

const unsigned char *message_payload(const struct message *m, size_t *ret_length)
{
    bool frame = m->protocol == PROTOCOL_FRAME;

    *ret_length = message_length(m) - (frame ? FRAME_HEADER : 1);
    return m->bytes + (frame ? FRAME_HEADER : 0);
}

const char *message_compose(struct message *m, uint32_t sequence, const void *payload, size_t length)
{
    if (m->protocol == PROTOCOL_FRAME) {
        if (length > FRAME_PAYLOAD_MAX)
            return "the message is longer than 1 MiB";
        store32(m->bytes, (uint32_t)length);
        store32(m->bytes + 4, sequence);
        memcpy(m->bytes + FRAME_HEADER, payload, length);
        m->used = FRAME_HEADER + length;
        return NULL;
    }
    if (length > LINE_PAYLOAD_MAX)
        return "the line is longer than 64 KiB";
    if (memchr(payload, '\n', length) != NULL)
        return "a line cannot contain a newline";
    memcpy(m->bytes, payload, length);
    m->bytes[length] = '\n';
    m->used = length + 1;
    return NULL;
}
