#ifndef REFERENCE_SERVER_CONNECTION_H
#define REFERENCE_SERVER_CONNECTION_H

#include "reference/server.h"

/*
 * A connection on a non-blocking socket: what serve_connection() keeps in its variables and in the place
 * where it waits must be kept here, since the loop has other connections to go on with.
 */
struct connection {
    struct accepted client;
    struct message message;
    bool sending; /* the reply; otherwise receiving */
    size_t sent;
    int64_t deadline; /* of the exchange */
    size_t place;     /* in the table */
    uint32_t events;  /* what epoll was told; poll is told every time */
};

struct connections {
    struct connection *table[CONNECTIONS_MAX];
    size_t count;
};

enum step { STEP_MORE, STEP_WAIT, STEP_END };

/* One recv or send. STEP_WAIT: only when the socket is ready again. STEP_END: over, close it. */
enum step connection_step(struct connection *c, const struct options *o);

/* Accepts one if there is one and room for it. 1: *ret_connection, 0: not now, -1: reported. */
int connections_accept(struct connections *all, struct server *s, struct connection **ret_connection);

void connections_close(struct connections *all, struct connection *c);

void connections_close_all(struct connections *all);

/* Closes what is overdue, and once the server is to stop, all that is not sending. False: stop, and none is
 * left. */
bool connections_tend(struct connections *all);

/* Milliseconds until the first deadline or the end of the listener's pause; -1: for ever. */
int connections_timeout(const struct connections *all, struct server *s);

#endif
