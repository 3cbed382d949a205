#include "harness/program/search.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* "0x1f" and nothing else. */
static bool read_offset(const char *text, uint64_t *ret)
{
    char *end;
    if (strncmp(text, "0x", 2) != 0 || strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2) ||
        text[2] == '\0')
        return false;
    errno = 0;
    *ret = strtoull(text + 2, &end, 16);
    return errno == 0 && *ret < UINT64_MAX;
}

/* "88" and nothing else. */
static bool read_line(const char *text, int *ret)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    long line = strtol(text, NULL, 10);
    *ret = line < 1 || line > INT_MAX || errno != 0 ? 0 : (int)line;
    return true;
}

/* Cuts " (MODULE)" off. */
static const char *cut_module(char *text)
{
    size_t len = strlen(text);
    char *open = strrchr(text, ' ');
    if (open == NULL || open[1] != '(' || text[len - 1] != ')' || len < (size_t)(open - text) + 4)
        return NULL;
    text[len - 1] = *open = '\0';
    return open + 2;
}

bool query_read(const char *text, struct query *ret)
{
    if (strlen(text) >= sizeof ret->buffer)
        return false;
    *ret = (struct query){.kind = QUERY_FUNCTION, .name = ret->buffer};
    strcpy(ret->buffer, text);
    ret->module = cut_module(ret->buffer);
    char *plus = strrchr(ret->buffer, '+'), *colon = strrchr(ret->buffer, ':');
    if (plus != NULL && read_offset(plus + 1, &ret->offset)) {
        ret->kind = QUERY_OFFSET;
        *plus = '\0';
        return true;
    }
    if (colon != NULL && read_line(colon + 1, &ret->line)) {
        ret->kind = QUERY_LINE;
        *colon = '\0';
        while (strncmp(ret->name, "./", 2) == 0)
            ret->name += 2;
    }
    return *ret->name != '\0' && (ret->kind != QUERY_LINE || ret->line > 0);
}
