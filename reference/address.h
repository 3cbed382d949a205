#ifndef REFERENCE_ADDRESS_H
#define REFERENCE_ADDRESS_H

#include "reference/options.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage room; /* as long as the longest, whichever that is */
    };
    socklen_t length; /* of the bytes that count */
};

enum { ADDRESS_TEXT = 128 };

/* The address the options name. NULL, or what is wrong. See getaddrinfo(3), unix(7). */
const char *address_resolve(const struct options *o, struct address *ret_address);

/* 127.0.0.1:4000, [::1]:4000, unix:PATH or unix:@NAME. */
void address_text(const struct address *a, char ret_text[ADDRESS_TEXT]);

#endif
