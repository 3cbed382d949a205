/* The forms that keys of rules have, and the keys in a rule's text. */
#ifndef SOCKFAULT_TESTS_CELLS_H
#define SOCKFAULT_TESTS_CELLS_H

#include "shim/model/rule.h"

#include <stdbool.h>
#include <stddef.h>

/* One way to write a key: "after=SIZE" of "SIZE or T". */
struct form {
    const char *key;
    char value[64]; /* "SIZE"; "" for a key without a value */
    char text[96];  /* "after=SIZE" */
};

/* The forms of all keys, from the table that expressions are read by, and `then`. Returns how many. */
size_t forms_of_keys(struct form *ret, size_t room);

bool form_fits(const struct form *form, const char *value);

/* The next key of a rule's text and its value, without quotes; what remains behind it, or NULL: there is
 * none. */
const char *next_key(const char *text, char *key, size_t key_room, char *value, size_t value_room);

/* "=1": a value that the fault takes, with the equals sign; "" for one that takes none. */
const char *sample_value(enum fault_kind fault, int err);

#endif
