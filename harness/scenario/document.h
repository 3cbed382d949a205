/*
 * A YAML document as a tree in which every node knows its place. Bounded: nothing in it is deeper than
 * DOCUMENT_DEPTH, and what it stands for with all aliases followed is at most DOCUMENT_NODES nodes.
 */
#ifndef SOCKFAULT_DOCUMENT_H
#define SOCKFAULT_DOCUMENT_H

#include "harness/scenario/pool.h"
#include "harness/scenario/source.h"

enum { DOCUMENT_DEPTH = 32, DOCUMENT_NODES = 100000, DOCUMENT_ENTRIES = 10000, DOCUMENT_KEYS = 1000 };

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };
enum node_quote { QUOTE_NONE, QUOTE_SINGLE, QUOTE_DOUBLE, QUOTE_BLOCK };

struct node {
    enum node_kind kind;
    size_t offset;    /* of its first byte in the source, an opening quote included; of an alias: of what it
                         names */
    int line, column; /* the same */
    enum node_quote quote; /* SCALAR: how it is written */
    const char *text;      /* SCALAR: len bytes without NUL, and a NUL */
    size_t len;
    bool null;           /* SCALAR: nothing at all, ~ or null */
    struct node **keys;  /* MAP: count scalars, no two the same */
    struct node **items; /* MAP: their values; LIST: what is in it */
    size_t count;
    size_t weight;     /* nodes in it, itself included, aliases followed */
    struct node *next; /* while it is read */
};

struct document {
    struct source source;
    struct pool *pool;
    const struct node *root;
};

/*
 * Reads a text that has passed source_check. The source must outlive the document. false with *diag: not
 * YAML, or out of bounds; there is nothing to free then.
 */
bool document_read(const struct source *source, struct document *ret, struct diag *diag);

void document_free(struct document *document);

/* The value of that key of a map, or NULL. */
const struct node *node_get(const struct node *map, const char *key);

/* Where in the source the byte `at` of a scalar's text stands; the scalar's own offset where that cannot be
 * said. */
size_t node_source_offset(const struct document *document, const struct node *scalar, size_t at);

#endif
