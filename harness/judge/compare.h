/* One text against one expectation, and how to show that they differ. */
#ifndef SOCKFAULT_COMPARE_H
#define SOCKFAULT_COMPARE_H

#include "harness/scenario/scenario.h"

/*
 * Whether got[0..len) (any bytes) is as *text wants it. `wanted` is text->text with its variables replaced
 * (not used for TEXT_MATCHES). When it is not, *ret_expected and *ret_got show both, malloc'd (NULL: no
 * memory): as quoted one-liners when they are short, else the first line that differs with the line before it
 * and the place of the first byte.
 */
bool compare_text(const struct text_expectation *text, const char *wanted, const char *got, size_t len,
                  char **ret_expected, char **ret_got);

#endif
