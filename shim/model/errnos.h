/*
 * Errno names and numbers (errno(3)), and those of the resolver (EAI_AGAIN ..., getaddrinfo(3)), which are
 * negative. Only names this libc knows; aliases (EWOULDBLOCK) are read, never printed.
 */
#ifndef SOCKFAULT_MODEL_ERRNOS_H
#define SOCKFAULT_MODEL_ERRNOS_H

#include <stddef.h>

/* "ECONNRESET" for ECONNRESET; "E123" style is never made: an unknown number gives "?". */
const char *errno_name(int err);

/* The number of that name (len bytes), or 0. */
int errno_find(const char *name, size_t len);

#endif
