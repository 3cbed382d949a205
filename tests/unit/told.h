/* A program that tells where its calls are, for the tests of what finds them. In the folder of compiled.h. */
#ifndef SOCKFAULT_TESTS_TOLD_H
#define SOCKFAULT_TESTS_TOLD_H

#include <stddef.h>
#include <stdint.h>

enum { TOLD_MAX = 64 };

struct told {
    char name[32]; /* of the function */
    int line;
    uint64_t offset; /* return address less the load bias */
};

/* The source of tell(name, line) and finish(name, line), which write such a line. */
extern const char told_tell_c[];

/* Compiles `program` from src/program.c and tell.c, with these options. */
void told_make(const char *options);

/* Runs a command: what it told, and how much of it. */
size_t told_run(const char *command, struct told told[TOLD_MAX]);

#endif
