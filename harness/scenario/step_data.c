/* Readers of what a step sends or expects. */
#include "harness/peer/bytes.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/values.h"

#include <ctype.h>
#include <string.h>

/* One more; those that were there are copied, unless there is room. */
static struct peer_part *add_part(struct reader *r, struct peer_step *step)
{
    size_t count = step->part_count;
    if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4 ...: full */
        struct peer_part *parts = pool_room(r->pool, count > 0 ? 2 * count : 1, sizeof *parts);
        if (count > 0)
            memcpy(parts, step->parts, count * sizeof *parts);
        step->parts = parts;
    }
    return &step->parts[step->part_count++];
}

static bool add_text(struct reader *r, const struct node *node, struct peer_step *step)
{
    char *text = (char *)reader_text(r, node, RUNTIME_ANY,
                                     "a string, or a list of strings, {hex: ...} and {file: PATH}");
    if (text == NULL)
        return false;
    *add_part(r, step) = (struct peer_part){.kind = PART_TEXT, .text = text};
    return true;
}

/* What a part is given as: a string, or a map of one key. */
static bool add_item(struct reader *r, const struct node *node, struct peer_step *step)
{
    if (node->kind == NODE_SCALAR)
        return add_text(r, node, step);
    if (node->kind == NODE_LIST)
        return reader_wrong(r, node, "a string, {text: ...}, {hex: ...} or {file: PATH}");
    if (node->count != 1)
        return reader_error(r, node, "got %zu keys in a part, expected one: text, hex or file", node->count);
    return keys_read(r, KEYS_PART, node, step);
}

bool read_text_part(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->want = WANT_DATA;
    if (node->kind != NODE_LIST)
        return add_text(r, node, step);
    for (size_t i = 0; i < node->count; i++)
        if (!add_item(r, node->items[i], step))
            return false;
    return node->count > 0 || reader_wrong(r, node, "at least one part");
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool read_hex_part(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "two hexadecimal digits a byte, blanks between bytes if you like";
    struct peer_step *step = to;
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    char *bytes = pool_room(r->pool, strlen(text) / 2 + 1, 1);
    size_t len = 0;
    for (const char *at = text + strspn(text, " \t\n"); *at != '\0'; at += strspn(at, " \t\n")) {
        int high = digit(at[0]), low = high < 0 ? -1 : digit(at[1]);
        if (low < 0)
            return value_wrong(r, node, text, what);
        bytes[len++] = (char)(high << 4 | low);
        at += 2;
    }
    if (len == 0)
        return value_wrong(r, node, text, what);
    step->want = WANT_DATA;
    *add_part(r, step) = (struct peer_part){PART_BYTES, bytes, len};
    return true;
}

bool read_file_part(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    char *path;
    if (!read_path(r, node, &path))
        return false;
    step->want = WANT_DATA;
    *add_part(r, step) = (struct peer_part){.kind = PART_FILE, .text = path};
    return true;
}

bool read_match(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    char *text = (char *)reader_text(r, node, RUNTIME_NONE, "a regular expression");
    if (text == NULL || !value_regex(r, node, text, &step->regex))
        return false;
    step->want = WANT_MATCH;
    step->regex_text = text;
    return true;
}

static bool read_some(struct reader *r, const struct node *node, uint64_t *ret)
{
    if (!read_size(r, node, ret))
        return false;
    if (*ret > 0 && *ret < PEER_BYTES_MAX)
        return true;
    return reader_wrong(r, node, "at least 1B and less than 16MiB");
}

static bool find_ending(const char *word, enum peer_want *ret)
{
    bool eof = strcmp(word, "eof") == 0;
    if (!eof && strcmp(word, "reset") != 0)
        return false;
    *ret = eof ? WANT_EOF : WANT_RESET;
    return true;
}

bool read_ending(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    const char *word = reader_text(r, node, RUNTIME_NONE, "eof or reset");
    return word != NULL && (find_ending(word, &step->want) || value_wrong(r, node, word, "eof or reset"));
}

bool read_bytes_wanted(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->want = WANT_COUNT;
    return read_some(r, node, &step->bytes);
}

bool read_piece(struct reader *r, const struct node *node, void *to)
{
    return read_some(r, node, to);
}

/* Just one of the keys that say which bytes. */
static bool one_kind(struct reader *r, const struct node *map, const char *const *kinds, const char *what)
{
    const char *first = NULL;
    for (size_t i = 0; i < map->count; i++)
        for (const char *const *kind = kinds; *kind != NULL; kind++) {
            if (strcmp(map->keys[i]->text, *kind) != 0)
                continue;
            if (first != NULL)
                return reader_error(r, map->keys[i], "got '%s' and '%s' in one step, expected one of them",
                                    first, *kind);
            first = *kind;
        }
    return first != NULL ||
           reader_error(r, map, "got nothing to %s, expected %s", what,
                        kinds[3] != NULL ? "text, hex, file, matches, bytes or end" : "text, hex or file");
}

bool read_step_send(struct reader *r, const struct node *node, void *to)
{
    static const char *const kinds[] = {"text", "hex", "file", NULL, NULL};
    struct peer_step *step = to;
    step->verb = PEER_SEND;
    if (node->kind != NODE_MAP)
        return read_text_part(r, node, step);
    if (!keys_read(r, KEYS_SEND, node, step) || !one_kind(r, node, kinds, "send"))
        return false;
    if (step->pause_ns > 0 && step->bytes == 0)
        return reader_error(r, node_get(node, "pause"),
                            "got a pause between pieces without 'pieces', expected both");
    return true;
}

bool read_step_expect(struct reader *r, const struct node *node, void *to)
{
    static const char *const kinds[] = {"text", "hex", "file", "matches", "bytes", "end", NULL};
    struct peer_step *step = to;
    step->verb = PEER_EXPECT;
    if (node->kind == NODE_MAP)
        return keys_read(r, KEYS_AWAIT, node, step) && one_kind(r, node, kinds, "expect");
    if (!read_text_part(r, node, step))
        return false;
    if (node->kind == NODE_SCALAR && find_ending(step->parts[0].text, &step->want))
        step->part_count = 0;
    return true;
}
