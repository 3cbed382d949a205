#ifndef REFERENCE_OPTIONS_H
#define REFERENCE_OPTIONS_H

#include "reference/message.h"

enum model { MODEL_ITERATIVE, MODEL_FORK, MODEL_THREAD, MODEL_POLL, MODEL_EPOLL, MODEL_EPOLL_ET };

struct options {
    bool client;   /* messages are needed, and a port to send them to */
    int domain;    /* AF_INET, AF_INET6 or AF_UNIX */
    bool abstract; /* AF_UNIX: the path is an abstract name */
    int type;      /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
    const char *host, *port, *path;
    enum protocol protocol;
    int64_t timeout; /* milliseconds, at least 1 */
    enum model model;
    unsigned long repeat;
    char **messages;
    int message_count;
};

/* Read the command line. What is wrong there ends the program with a message and status 2, --help with 0. */
void options_for_server(struct options *ret_options, int argc, char **argv);
void options_for_client(struct options *ret_options, int argc, char **argv);

#endif
