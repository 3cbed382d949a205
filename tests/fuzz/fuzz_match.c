/*
 * An expression up to the first NUL, and bytes behind it: a table or a message with a column inside the text
 * (or just behind it); what is found does not depend on how the bytes come, and a table of noise stays
 * inside.
 */
#include "harness/match/match.h"

#include <stdlib.h>
#include <string.h>

/* The offset just past the first match, fed in pieces of that many bytes; 0: none. */
static size_t found(const struct matcher *matcher, const unsigned char *bytes, size_t len, size_t piece)
{
    uint32_t state = 0;
    size_t end = 0;
    for (size_t at = 0; at < len; at += piece) {
        size_t part = len - at < piece ? len - at : piece;
        if (matcher_step(matcher, &state, bytes + at, part, &end)) {
            if (end < 1 || end > part)
                abort();
            return at + end;
        }
        if (state >= MATCHER_STATES)
            abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct matcher matcher;
    struct match_error error = {0};
    char *text = strndup((const char *)data, size);
    if (text == NULL)
        return 0;
    size_t used = strlen(text) < size ? strlen(text) + 1 : size;
    if (match_compile(text, &matcher, &error)) {
        if (found(&matcher, data, size, 1) != found(&matcher, data, size, size))
            abort();
    } else if (error.column < 1 || error.column > strlen(text) + 1 || error.message[0] == '\0') {
        abort();
    }
    free(text);
    memcpy(&matcher, data + used, size - used < sizeof matcher ? size - used : sizeof matcher);
    found(&matcher, data, size, 7);
    return 0;
}
