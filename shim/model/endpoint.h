/* Addresses in a form that fits on the board. */
#ifndef SOCKFAULT_MODEL_ENDPOINT_H
#define SOCKFAULT_MODEL_ENDPOINT_H

#include "shim/model/rule.h"

#include <stddef.h>
#include <sys/socket.h>

/* From what the kernel or the program gave; v4-mapped IPv6 becomes IPv4. Anything unknown is AF_UNSPEC. */
void endpoint_from_sockaddr(struct endpoint *endpoint, const struct sockaddr *addr, socklen_t len);

/* "127.0.0.1:80", "127.0.0.1", "[::1]:80", "[::1]", ":80", "unix:PATH", "unix:@NAME" (len bytes). false: not
 * an address. */
bool endpoint_parse(const char *text, size_t len, struct endpoint *ret);

/* Whether `actual` is what `wanted` names: port 0 and address all zero (":80") in `wanted` stand for any. */
bool endpoint_matches(const struct endpoint *wanted, const struct endpoint *actual);

/* "127.0.0.1:80"; "" for AF_UNSPEC. Writes at most size bytes with the terminator. Returns text. */
char *endpoint_text(const struct endpoint *endpoint, char *text, size_t size);

#endif
