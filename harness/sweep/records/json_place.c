#include "harness/sweep/records/json_place.h"

#include <stdbool.h>
#include <string.h>

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] != '\0' && strchr(" \t\r\n", text[at]) != NULL)
        at++;
    return at;
}

/* Past the closing quote of the string that begins there. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < len ? at + 1 : len;
}

static bool is_string(const char *text, size_t from, size_t end, const char *wanted)
{
    size_t size = strlen(wanted);
    return end - from == size + 2 && memcmp(text + from + 1, wanted, size) == 0;
}

static size_t find_value(const char *text, size_t len, const char *key)
{
    int depth = 0;
    size_t at = 0;
    while (at < len) {
        if (text[at] != '"') {
            depth += (text[at] == '{' || text[at] == '[') - (text[at] == '}' || text[at] == ']');
            at++;
            continue;
        }
        size_t end = skip_string(text, len, at), next = skip_blanks(text, len, end);
        if (depth == 1 && next < len && text[next] == ':' && is_string(text, at, end, key))
            return skip_blanks(text, len, next + 1);
        at = end;
    }
    return skip_blanks(text, len, 0);
}

void json_place(const char *text, size_t len, const char *key, int *ret_line, int *ret_column)
{
    size_t to = find_value(text, len, key), start = 0;
    *ret_line = 1;
    for (size_t i = 0; i < to; i++)
        if (text[i] == '\n') {
            start = i + 1;
            ++*ret_line;
        }
    *ret_column = (int)(to - start) + 1;
}
