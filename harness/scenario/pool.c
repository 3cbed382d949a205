#include "harness/scenario/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the pool holds, newest first. */
struct pool {
    struct pool *older;
    void (*let_go)(void *thing);
    void *thing;
};

static void *or_abort(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

void pool_at_end(struct pool **pool, void (*let_go)(void *thing), void *thing)
{
    struct pool *link = or_abort(malloc(sizeof *link));
    *link = (struct pool){*pool, let_go, thing};
    *pool = link;
}

void *pool_adopt(struct pool **pool, void *memory)
{
    pool_at_end(pool, free, or_abort(memory));
    return memory;
}

void *pool_room(struct pool **pool, size_t count, size_t size)
{
    return pool_adopt(pool, calloc(count > 0 ? count : 1, size));
}

char *pool_copy(struct pool **pool, const char *text, size_t len)
{
    char *copy = pool_room(pool, len + 1, 1);
    memcpy(copy, text, len);
    return copy;
}

char *pool_format(struct pool **pool, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return pool_adopt(pool, length < 0 ? NULL : text);
}

/* Newest first, so that what refers to older memory goes before it. */
void pool_free(struct pool **pool)
{
    while (*pool != NULL) {
        struct pool *link = *pool;
        *pool = link->older;
        link->let_go(link->thing);
        free(link);
    }
}
