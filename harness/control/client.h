/* One who asks through a control socket. Nothing here blocks. */
#ifndef SOCKFAULT_CONTROL_CLIENT_H
#define SOCKFAULT_CONTROL_CLIENT_H

#include "harness/control/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_PATIENCE_S = 10 }; /* for a request, and for an answer to be read */

struct client {
    int fd;              /* -1: this place is free */
    int64_t deadline_ns; /* CLOCK_MONOTONIC: then it has kept silent, or not read, for too long */
    char in[REQUEST_MAX];
    size_t in_len;
    char *out; /* an answer that is not all sent yet */
    size_t out_len, out_sent;
    bool answered; /* at least once */
    bool over;     /* nothing more is to be read */
};

/* Takes the descriptor over. One of another user (SO_PEERCRED) that is not root gets a refusal. */
void client_begin(struct client *client, int fd);

/* Closes it. */
void client_end(struct client *client);

/* What poll(2) is to wait for; 0 when it can go on at once, having a request already. */
short client_events(const struct client *client);

/* Reads, answers at most one request, and writes what can be written. Ends the client when all is done. */
void client_go_on(struct client *client, struct book *book, bool ended);

/* Nothing more is read; whoever has asked and got no answer, or never asked, is told why. */
void client_dismiss(struct client *client, const struct diag *diag);

#endif
