/* Where something stands in a JSON text: jansson says so of what is no JSON, but not of what it has read. */
#ifndef SOCKFAULT_SWEEP_JSON_PLACE_H
#define SOCKFAULT_SWEEP_JSON_PLACE_H

#include <stddef.h>

/*
 * Line and column, both from 1, where the value of that key of the outermost object begins, in a text that is
 * JSON; of the object itself if there is no such key. Keys with escapes in them are not found.
 */
void json_place(const char *text, size_t len, const char *key, int *ret_line, int *ret_column);

#endif
