#ifndef REFERENCE_SERVER_H
#define REFERENCE_SERVER_H

#include "reference/address.h"
#include "reference/io.h"
#include "reference/message.h"
#include "reference/options.h"

#include <sys/stat.h>

/* What one server process has. */
struct server {
    struct options options;
    struct address address;
    int listener;            /* or, for datagrams, the one socket */
    int64_t resume;          /* deadline (deadline.h) before which the listener is left alone; 0: it is not */
    struct stat file;        /* the socket file this server made, st_ino 0: none */
    struct message datagram; /* the one being answered */
};

/* One client that was accepted. */
struct accepted {
    int fd;
    char peer[ADDRESS_TEXT];
};

/* So many at once at the most: more wait in the listener's queue. Without a bound the clients decide how much
   memory, how many processes and threads there are. */
enum { CONNECTIONS_MAX = 128 };

/* The models. Each serves until signals_stopping() and closes what it accepted. 0, or -1 after a report. */
int serve_iterative(struct server *s);
int serve_fork(struct server *s);
int serve_thread(struct server *s);
int serve_poll(struct server *s);
int serve_epoll(struct server *s); /* level or edge, by options.model */

/* server_blocking.c: messages of one blocking connection until it ends, by whomever. Does not close it. */
void serve_connection(const struct options *o, const struct accepted *connection);

/* server_file.c: bind, past the file a dead server left. 0, or -1 with errno. And the file's end. */
int bind_address(struct server *s);
void remove_file(const struct server *s);

/* server_listener.c */

/* Milliseconds until the listener may be used again; -1: it may now. Ends a pause that is over. */
int listener_pause(struct server *s);

/* Waits for the self-pipe and, with room, for a client. 1: a client, 0: something else, -1: reported. */
int listener_wait(struct server *s, bool room);

/* Accepts one, flags as for accept4. 1: there it is, 0: not now, -1: the listener is of no use, reported. */
int listener_accept(struct server *s, int flags, struct accepted *ret_accepted);

/* Answers the datagrams that are there. */
void answer_datagrams(struct server *s);

#endif
