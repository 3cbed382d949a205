#include "harness/run/watch/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 65536, CHUNKS_AT_ONCE = 256 };

static bool make_room(struct stream *stream, size_t more)
{
    size_t wanted = stream->len + more + 1;
    if (wanted <= stream->capacity)
        return true;
    size_t capacity = stream->capacity ? stream->capacity : 256;
    while (capacity < wanted)
        capacity *= 2;
    char *data = realloc(stream->data, capacity);
    if (!data)
        return false;
    stream->data = data;
    stream->capacity = capacity;
    return true;
}

static void keep(struct stream *stream, const char *bytes, size_t len, uint64_t limit)
{
    uint64_t room = limit > stream->len ? limit - stream->len : 0;
    size_t kept = len < room ? len : (size_t)room;
    if (kept < len)
        stream->cut = true;
    if (kept == 0)
        return;
    if (!make_room(stream, kept)) {
        stream->cut = true;
        return;
    }
    memcpy(stream->data + stream->len, bytes, kept);
    stream->len += kept;
    stream->data[stream->len] = '\0';
}

void stream_read(struct stream *stream, uint64_t limit)
{
    char chunk[CHUNK];
    for (int i = 0; i < CHUNKS_AT_ONCE && stream->fd >= 0; i++) {
        ssize_t got = read(stream->fd, chunk, sizeof chunk);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0)
            stream_close(stream);
        else
            keep(stream, chunk, (size_t)got, limit);
    }
}

void stream_close(struct stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
}
