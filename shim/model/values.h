/* What the readers of numbers share. */
#ifndef SOCKFAULT_MODEL_VALUES_H
#define SOCKFAULT_MODEL_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* Decimal digits only, all len of them. false: none, something else, or too large. */
bool parse_number(const char *text, size_t len, uint64_t *ret);

#endif
