/*
 * The fields of struct result as data: one table, from which results are written as JSON, read back and
 * freed. Internal to harness/run/result*.c and the JSON report.
 */
#ifndef SOCKFAULT_RESULT_SHAPE_H
#define SOCKFAULT_RESULT_SHAPE_H

#include "harness/run/result/result.h"

#include <jansson.h>

enum field_kind {
    FIELD_TEXT,  /* char *, owned, may be NULL */
    FIELD_BYTES, /* char *, owned, its length in another field */
    FIELD_BOOL,
    FIELD_INT,
    FIELD_INT64,
    FIELD_UINT32,
    FIELD_UINT64,
    FIELD_VERDICT,
    FIELD_TEXTS, /* char **, owned, as are the strings; count in another field */
    FIELD_LIST,  /* array of structs of `shape`, owned; count in another field */
};

struct shape;

struct field {
    const char *name; /* in JSON */
    enum field_kind kind;
    size_t offset;
    size_t count_offset;       /* BYTES, TEXTS, LIST: of a size_t */
    const struct shape *shape; /* LIST */
};

struct shape {
    const struct field *fields;
    size_t field_count;
    size_t size; /* of the struct */
};

extern const struct shape result_shape;

/* The result as a JSON object; NULL: no memory. */
json_t *result_json(const struct result *result);

/* A number that need not fit jansson's signed 64 bits: written as a string of digits when it does not. */
json_t *result_json_uint64(uint64_t value);

/* Frees everything a struct of that shape owns, and zeroes it. */
void shape_free(const struct shape *shape, void *object);

#endif
