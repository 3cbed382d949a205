/*
 * Memory that is let go all at once: what a scenario file becomes has hundreds of small parts and one end of
 * life. A pool starts as a null pointer. When there is no memory left the program is aborted: a scenario file
 * is small, and no caller could do anything sensible.
 */
#ifndef SOCKFAULT_POOL_H
#define SOCKFAULT_POOL_H

#include <stddef.h>

struct pool;

/* Room for count things of that size, zeroed. Never NULL, also for none. */
void *pool_room(struct pool **pool, size_t count, size_t size);

/* A copy of len bytes with a NUL behind it. */
char *pool_copy(struct pool **pool, const char *text, size_t len);

/* printf. */
char *pool_format(struct pool **pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes over what malloc gave; NULL (no memory) aborts. Returns it. */
void *pool_adopt(struct pool **pool, void *memory);

/* Calls let_go(thing) when the pool is freed, before any memory of it goes. */
void pool_at_end(struct pool **pool, void (*let_go)(void *thing), void *thing);

/* Frees everything; the pool is a null pointer again. */
void pool_free(struct pool **pool);

#endif
