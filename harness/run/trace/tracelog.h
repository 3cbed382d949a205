/* The trace, taken off the board as it comes: the last records, the order of calls by role, a survey. */
#ifndef SOCKFAULT_RUN_TRACELOG_H
#define SOCKFAULT_RUN_TRACELOG_H

#include "shim/model/board.h"
#include "shim/model/legal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRACELOG_KEPT = 20000,
    TRACELOG_ORDER_MAX = 1000000,
    TRACELOG_SURVEY_MAX = 200000,
    TRACELOG_FIRED_MAX = 20000
};

/* A call for `order:`. */
struct ordered_call {
    int64_t time_ns;
    uint16_t role, call;
};

/* A call of a survey, as it was decided, and what came of it. */
struct decided_call {
    struct trace_record record;
    uint64_t number; /* of the record on the board, from 1: they are in the order of these */
    bool ended;
    int64_t result;
    int32_t error;
    int rule; /* that fired at it; -1 */
    enum recipe recipe;
};

struct tracelog {
    struct trace_record *kept; /* a ring: record n of all that were read is kept[n % TRACELOG_KEPT] */
    uint64_t read;             /* records read so far */
    uint64_t next;             /* number on the board of the next one */
    uint64_t lost;             /* overwritten before they could be read */
    bool ordering;             /* keep `order` */
    struct ordered_call *order;
    size_t order_count, order_capacity;
    uint64_t order_lost;
    bool surveying; /* keep `decided`: the first TRACELOG_SURVEY_MAX */
    struct decided_call *decided;
    size_t decided_count, decided_capacity;
    uint64_t decided_lost;
    struct trace_record *fired; /* surveying: faults, as they fired: the first TRACELOG_FIRED_MAX */
    size_t fired_count, fired_capacity;
    uint64_t fired_lost;
};

bool tracelog_init(struct tracelog *log, bool ordering, bool surveying);
void tracelog_free(struct tracelog *log);

/*
 * Reads what is there. A record that was begun and not finished stops it (its process was interrupted in
 * between, for some microseconds or for good): `last` says that nobody is left to finish it, and it is
 * skipped.
 */
void tracelog_drain(struct tracelog *log, const struct board *board, bool last);

/* The i-th of the records kept, oldest first; NULL past the end. */
const struct trace_record *tracelog_at(const struct tracelog *log, size_t i);
size_t tracelog_count(const struct tracelog *log);

/* Sorts `order` by the time the calls began. */
void tracelog_sort(struct tracelog *log);

/* The calls of a role in that order, malloc'd; NULL when there are none. */
uint16_t *tracelog_calls(const struct tracelog *log, int role, size_t *ret_count);

#endif
