/* Which experiments of those read are run: by name, by tag, and by share of several machines. */
#ifndef SOCKFAULT_SELECT_H
#define SOCKFAULT_SELECT_H

#include "harness/diag.h"
#include "harness/scenario/scenario.h"

#include <stddef.h>

struct words {
    const char **items;
    size_t count;
};

/* Appends a word (not copied). false: no memory. */
bool words_add(struct words *words, const char *word);

struct filter {
    struct words
        only; /* any of them: experiment's name, claim, file, or the file's base name; a name or a glob(7) */
    struct words tags;          /* all of them; "!tag": not that one */
    unsigned int shard, shards; /* the shard-th of so many, 1-based; 0 of 0: all */
};

struct selection {
    const struct experiment **items; /* of the set; freed by the caller */
    size_t count;
};

/*
 * An --only that is the whole name of an experiment means that one alone, though it may hold characters of
 * globs: the command a failure is repeated with says so. false with *diag (USAGE) when nothing is selected by
 * name and tag; a shard may be empty.
 */
bool select_experiments(const struct scenario_set *set, const struct filter *filter, struct selection *ret,
                        struct diag *diag);

#endif
