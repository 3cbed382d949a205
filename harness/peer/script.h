/*
 * A scripted peer: what a process does that is a list of steps instead of a program. Data only, read by
 * harness/scenario/steps.c and carried out by peer_run (harness/peer/run.h).
 */
#ifndef SOCKFAULT_PEER_SCRIPT_H
#define SOCKFAULT_PEER_SCRIPT_H

#include "harness/place.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_verb {
    PEER_LISTEN,
    PEER_ACCEPT,
    PEER_CONNECT,
    PEER_USE,
    PEER_EXPECT,
    PEER_SEND,
    PEER_PAUSE,
    PEER_SHUTDOWN,
    PEER_RESET,
    PEER_CLOSE,
    PEER_STALL,
    PEER_IGNORE,
    PEER_REPEAT,
    PEER_VERBS
};

/* What an EXPECT waits for. */
enum peer_want {
    WANT_DATA,  /* just these bytes */
    WANT_MATCH, /* bytes up to where they first match */
    WANT_COUNT, /* so many, whatever they are */
    WANT_EOF,
    WANT_RESET,
};

/* Bytes are given in parts, one behind the other. */
struct peer_part {
    enum { PART_TEXT, PART_BYTES, PART_FILE } kind;
    char *text; /* TEXT, FILE (a path): may hold run-time variables; BYTES: len bytes as they are */
    size_t len;
};

struct peer_step {
    enum peer_verb verb;
    const char *word;    /* as it is written: "expect" */
    unsigned int number; /* 1.. in the order of the file, those of a repeat behind it */
    struct place place;
    char *name;        /* ACCEPT, CONNECT, USE: of the connection; NULL: it has none */
    char *address;     /* LISTEN, CONNECT: may hold run-time variables */
    int type;          /* LISTEN, CONNECT: SOCK_STREAM ... */
    bool local;        /* LISTEN, CONNECT: AF_UNIX */
    bool of_listener;  /* CLOSE: the listening socket, not the connection */
    int64_t within_ns; /* 0: no limit but the experiment's */
    int64_t pause_ns;  /* PAUSE; SEND: between pieces */
    enum peer_want want;
    struct peer_part *parts; /* EXPECT of data, SEND */
    size_t part_count;
    regex_t regex; /* WANT_MATCH */
    char *regex_text;
    uint64_t bytes; /* WANT_COUNT; SEND: of a piece, 0: all at once */
    int how;        /* SHUTDOWN: SHUT_RD ... */
    uint64_t times; /* REPEAT */
    struct peer_step *steps;
    size_t step_count;
};

struct peer_script {
    struct peer_step *steps;
    size_t count;
    unsigned int total; /* steps in all, those within repeats too */
    bool rests;         /* its last step is one that has no end: STALL, IGNORE */
    bool listens;       /* there is a LISTEN in it */
};

/* The step of that number, or NULL. */
const struct peer_step *peer_script_step(const struct peer_script *script, unsigned int number);

/* Whether the verb is one that goes on until the process is told to stop. */
bool peer_verb_rests(enum peer_verb verb);

#endif
