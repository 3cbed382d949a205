/* The environment of a process under test. */
#ifndef SOCKFAULT_RUN_ENVIRON_H
#define SOCKFAULT_RUN_ENVIRON_H

#include "harness/run/run.h"

/* Strings that end with NULL, all malloc'd. */
struct environment {
    char **items;
    size_t count, capacity;
};

/* Sets name to value, or removes it when value is NULL. false: no memory. */
bool environment_set(struct environment *environment, const char *name, const char *value);

/* The value, or NULL. */
const char *environment_get(const struct environment *environment, const char *name);

void environment_free(struct environment *environment);

/*
 * What a process gets: the harness's own environment (or four variables of it, with clear_env), the
 * scenario's, the process's, and, unless it is to be left alone, the shim's. Expects run->programs to be
 * filled in unless `bare`, which leaves the shim's variables out: that is the environment the program is
 * looked up in. false with *diag.
 */
bool environment_make(const struct run *run, const struct instance *instance, bool bare,
                      struct environment *ret, struct diag *diag);

#endif
