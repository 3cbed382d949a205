/* Addresses of scripted peers, as they are written in steps. */
#ifndef SOCKFAULT_PEER_ADDRESS_H
#define SOCKFAULT_PEER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PEER_ADDRESS_FORMS                                                                                   \
    "PORT, ADDRESS:PORT, unix:PATH or unix:@NAME, with udp:, unix-dgram: or unix-seqpacket:"

struct peer_address {
    int type; /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
    socklen_t len;
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } to;
};

/*
 * "4000" (on 127.0.0.1), "10.0.0.1:4000", "[::1]:4000", each with "tcp:" or "udp:" before it or nothing,
 * which is TCP; "unix:PATH", "unix:@NAME" (abstract, unix(7)), also "unix-dgram:" and "unix-seqpacket:".
 * false: none of them, or a path that is too long.
 */
bool peer_address_parse(const char *text, struct peer_address *ret);

/* Whether a message is received whole or not at all. */
static inline bool peer_type_keeps_messages(int type)
{
    return type != SOCK_STREAM;
}

#endif
