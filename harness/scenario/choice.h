/* "one of a, b, c; did you mean 'b'?": what is said when a word is not one of those that are known. */
#ifndef SOCKFAULT_CHOICE_H
#define SOCKFAULT_CHOICE_H

#include <stddef.h>

enum { CHOICE_MAX = 900 };

struct choice {
    const char *word; /* what was got */
    char list[CHOICE_MAX - 80], text[CHOICE_MAX];
    size_t used, count;
    const char *best; /* the nearest so far */
    unsigned int distance;
};

/* Begins with no candidates. `word` must live as long. */
void choice_begin(struct choice *choice, const char *word);

/* One more that would have been right; it must live as long. */
void choice_add(struct choice *choice, const char *candidate);

/* All of them, and the nearest if it is near. */
const char *choice_text(struct choice *choice);

/* "; did you mean 'b'?" or "". For where the list is too long to be read; `buffer` holds it. */
const char *choice_hint(const struct choice *choice, char *buffer, size_t size);

#endif
