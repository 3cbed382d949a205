/* The sockets of this network namespace as sock_diag(7) tells of them. */
#ifndef SOCKFAULT_QUIET_SOCKDIAG_H
#define SOCKFAULT_QUIET_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of a TCP or UDP socket that says whether anything is under way. */
struct diag_socket {
    int family, protocol;
    unsigned char state; /* of <netinet/tcp.h>: TCP_ESTABLISHED ..., 12: a connection being made */
    unsigned char timer; /* 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 window probe */
    uint16_t port, peer_port;
    unsigned char address[16], peer_address[16];
    uint64_t inode; /* 0: no descriptor has it (yet) */
    uint32_t unacked, unsent;
    uint64_t sent, received; /* bytes; retransmitted ones do not count, a FIN counts for who received it */
    bool window_shut;        /* the other side takes no more */
};

/* A Unix domain socket that has another end. */
struct diag_pair {
    uint64_t inode, peer; /* peer 0: nobody has accepted it yet */
};

struct diag_table {
    struct diag_socket *sockets;
    size_t count, capacity;
    struct diag_pair *pairs;
    size_t pair_count, pair_capacity;
};

/* Reads them anew: TCP and AF_UNIX, and with `udp` those as well. false: the kernel does not tell. */
bool diag_read(struct diag_table *table, bool udp);
void diag_free(struct diag_table *table);

/* Whether the taker, which has no other end itself, is at the address that the socket sends to. */
bool diag_is_for(const struct diag_socket *socket, const struct diag_socket *taker);

/* The other end of a connection within the table, or NULL. */
const struct diag_socket *diag_peer(const struct diag_table *table, const struct diag_socket *socket);

#endif
