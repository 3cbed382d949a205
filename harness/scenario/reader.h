/*
 * Reading one experiment out of a document: what every reader of a value is given, and what they share. All
 * memory of what they make is the pool's.
 */
#ifndef SOCKFAULT_READER_H
#define SOCKFAULT_READER_H

#include "harness/scenario/document.h"
#include "harness/scenario/scenario.h"

/* What a file may become, all combinations of its matrix together: a small file could take all memory there
 * is. */
#define READER_BYTES_MAX ((size_t)256 << 20)

struct reader {
    const struct document *document;
    struct pool **pool; /* the scenario set's */
    struct diag *diag;
    const char *file;              /* the document's name, in the pool */
    struct experiment *experiment; /* its matrix is filled in first, then the names of its processes */
    int process;                   /* whose map is being read; -1: none */
    size_t *taken;                 /* bytes of what has been made so far, about */
};

/* Which run-time variables a text may speak of: none, those known before anything starts, or ${pid:NAME} too.
 */
enum runtime_names { RUNTIME_NONE, RUNTIME_FIXED, RUNTIME_ANY };

/* An error at a node. False always. */
bool reader_error(const struct reader *r, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same at byte `at` of what reader_text gave for that scalar. */
bool reader_error_in(const struct reader *r, const struct node *scalar, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "got a list, expected WHAT". False always. */
bool reader_wrong(const struct reader *r, const struct node *node, const char *what);

/* Counts so many bytes more as taken. false after an error at the node: that is over READER_BYTES_MAX. */
bool reader_take(const struct reader *r, const struct node *node, size_t bytes);

/* What a node is, for messages: "'text'", "a list", "a map", "nothing". */
const char *reader_shown(const struct reader *r, const struct node *node);

/* A text in quotes on one line, cut when it is long. */
const char *reader_quoted(const struct reader *r, const char *text);

/*
 * The text of a scalar with the matrix's values in it; run-time variables that `names` allows stay, and with
 * RUNTIME_NONE
 * "$${" is "${" already. NULL after an error: not a scalar (`what` was expected), an unknown variable.
 */
const char *reader_text(const struct reader *r, const struct node *node, enum runtime_names names,
                        const char *what);

struct place reader_place(const struct reader *r, const struct node *node);

/* The index of the process of that name, or -1 after an error. */
int reader_process(const struct reader *r, const struct node *node);

/*
 * The items of a list, or, where it is a scalar, that one: its count in *ret_count. NULL after an error: a
 * map or nothing
 * (`what` was expected).
 */
struct node *const *reader_items(const struct reader *r, struct node *const *node, size_t *ret_count,
                                 const char *what);

#endif
