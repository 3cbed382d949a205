#include "harness/scenario/document.h"
#include "harness/scenario/yaml.h"
#include "harness/text.h"

#include <string.h>

void document_free(struct document *document)
{
    pool_free(&document->pool);
    document->root = NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
    for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++)
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    return NULL;
}

bool document_read(const struct source *source, struct document *ret, struct diag *diag)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct document document = {.source = *source};
    size_t skip = 0;
    if (source->len >= 3 && memcmp(source->text, byte_order_mark, 3) == 0)
        skip = 3;
    if (!yaml_read(&document, skip, diag)) {
        document_free(&document);
        return false;
    }
    *ret = document;
    return true;
}

/* How many bytes of the source the escape at `from` takes (libfyaml has checked that it is one). */
static size_t escape_length(const char *from, size_t left)
{
    size_t len = left < 2 ? left : from[1] == 'x' ? 4 : from[1] == 'u' ? 6 : from[1] == 'U' ? 10 : 2;
    return len < left ? len : left;
}

size_t node_source_offset(const struct document *document, const struct node *scalar, size_t at)
{
    const struct source *source = &document->source;
    size_t from = scalar->offset + (scalar->quote == QUOTE_SINGLE || scalar->quote == QUOTE_DOUBLE);
    if (scalar->quote == QUOTE_BLOCK)
        return scalar->offset;
    for (size_t t = 0, step; t < at && t < scalar->len; t += step) {
        const char *s = source->text + from;
        if (from >= source->len)
            return scalar->offset;
        step = 1;
        if (scalar->quote == QUOTE_DOUBLE && *s == '\\') {
            from += escape_length(s, source->len - from);
            text_rune(scalar->text + t, scalar->len - t, &step);
        } else if (*s != scalar->text[t]) {
            return scalar->offset; /* a line folded into a blank */
        } else {
            from += 1 + (scalar->quote == QUOTE_SINGLE && *s == '\'');
        }
    }
    return from;
}
