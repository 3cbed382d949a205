#include "shim/model/matcher.h"

#include <string.h>

_Static_assert(sizeof(struct matcher) <= 65536, "a matcher fits in 64 KiB");

/* Every byte of the string gets a class; class 0 is all others. Returns how many there are. */
static uint32_t classify(uint8_t class_of[256], const unsigned char *bytes, size_t len)
{
    uint32_t count = 1;
    memset(class_of, 0, 256);
    for (size_t i = 0; i < len; i++)
        if (class_of[bytes[i]] == 0)
            class_of[bytes[i]] = (uint8_t)count++;
    return count;
}

bool matcher_literal(struct matcher *ret, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    if (len == 0 || len > MATCHER_STATES)
        return false;
    uint32_t classes = classify(ret->class_of, p, len);
    ret->state_count = (uint32_t)len;
    ret->class_count = classes;
    ret->again = 0;
    /* State i has seen the first i bytes. On another byte it does what `fallback` does: the state after
     * p[1..i). */
    uint32_t fallback = 0;
    for (uint32_t i = 0; i < len; i++) {
        uint8_t *row = ret->next + i * classes, wanted = ret->class_of[p[i]];
        if (i == 0)
            memset(row, 0, classes);
        else
            memcpy(row, ret->next + fallback * classes, classes);
        if (i > 0)
            fallback = row[wanted];
        row[wanted] = i + 1 == len ? MATCHER_MATCH : (uint8_t)(i + 1);
    }
    return true;
}

bool matcher_step(const struct matcher *matcher, uint32_t *state, const unsigned char *bytes, size_t len,
                  size_t *ret_end)
{
    /* Read once: what is checked is what is used. */
    const volatile struct matcher *shared = matcher;
    uint32_t states = shared->state_count, classes = shared->class_count, again = shared->again, at = *state;
    if (states > MATCHER_STATES || classes > MATCHER_CLASSES || again >= states || at >= states) {
        *state = 0;
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        uint32_t class = matcher->class_of[bytes[i]];
        uint32_t next = class < classes ? matcher->next[at * classes + class] : MATCHER_STATES;
        if (next == MATCHER_MATCH) {
            *state = again;
            *ret_end = i + 1;
            return true;
        }
        if (next >= states) {
            *state = 0;
            return false;
        }
        at = next;
    }
    *state = at;
    return false;
}
