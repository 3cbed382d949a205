/*
 * What harness and shim say to each other where a process is begun by a zygote: a process that was started as
 * the program is, has got through exec and ld.so, and stands still in the shim's constructor. For each
 * experiment it makes a copy of itself, a child of its own parent, which goes on from there. Over
 * ZYGOTE_LINE, a socket of AF_UNIX and SOCK_SEQPACKET, one message each way: an order, an answer. End of file
 * ends it.
 */
#ifndef SOCKFAULT_MODEL_ZYGOTE_H
#define SOCKFAULT_MODEL_ZYGOTE_H

#include <limits.h>
#include <stdint.h>

enum { ZYGOTE_LINE = 3 }; /* the descriptor */

/* What comes with an order, in that order (SCM_RIGHTS): to be 0, 1, 2, and where trouble is told. */
enum { ZYGOTE_INPUT, ZYGOTE_OUTPUT, ZYGOTE_ERROR, ZYGOTE_TROUBLE, ZYGOTE_FDS };

struct zygote_order {
    char cwd[PATH_MAX]; /* relative to that of the zygote, or absolute */
};

/* The first comes unasked, and has the zygote's own pid: it is ready. */
struct zygote_answer {
    int32_t pid;   /* of the copy, in the namespace of both */
    int32_t error; /* 0, or errno(3): there is none */
};

/* What keeps a process from starting, in its own words: written to a pipe that else is closed once all is set
 * up. */
enum trouble_step { TROUBLE_DIRECTORY, TROUBLE_DESCRIPTORS, TROUBLE_EXEC };
struct trouble {
    int32_t step; /* enum trouble_step */
    int32_t error;
};

#endif
