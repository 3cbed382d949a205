/* The table of keys (keys.def) as data, and reading a map by it. */
#ifndef SOCKFAULT_KEYS_H
#define SOCKFAULT_KEYS_H

#include "harness/scenario/reader.h"

enum key_where {
#define MAP(where, word, tag, what, place) KEYS_##where,
#include "harness/scenario/keys.def"
#undef MAP
    KEYS_COUNT
};

/* read_TYPE: reads the value `node` into *to, whatever that is for the type. false with the reader's diag
 * set. */
#define TYPE(name, schema) bool read_##name(struct reader *r, const struct node *node, void *to);
#include "harness/scenario/keys.def"
#undef TYPE

struct key_row {
    enum key_where where;
    struct scenario_key shown;
    size_t offset; /* of what is read, in the map's struct */
    bool (*read)(struct reader *r, const struct node *node, void *to);
    const char *schema; /* JSON with ' for quotes */
};

/* The i-th row, or NULL past the end. */
const struct key_row *key_row_at(size_t i);

/* The row of that key of that kind of map, or NULL. */
const struct key_row *key_find(enum key_where where, const char *name);

/* "process", "a process", "under processes:". */
const char *key_where_word(enum key_where where);
const char *key_where_text(enum key_where where);
const char *key_where_place(enum key_where where);

/* Whether it is a map, all its keys are rows of `where`, and none that is required is missing. */
bool keys_check(struct reader *r, enum key_where where, const struct node *map);

/* The same, and reads the values into *to, in the file's order. */
bool keys_read(struct reader *r, enum key_where where, const struct node *map, void *to);

/* The error for a key that is not in the table; for a FAULT, the keys of expressions would have been right
 * too. */
bool keys_unknown(struct reader *r, enum key_where where, const struct node *key);

#endif
